"""Which experts are asked together."""

import torch
from torch import Tensor


def co_activation(assigned: Tensor) -> Tensor:
    """Of the tokens that expert i was given, the share that j was given too: (T, E) bool to (E, E).

        C_ij = N_ij / N_i,   N_ij tokens given to both i and j, N_i tokens given to i

    Eq. 6 of OLMoE (Muennighoff et al. 2024, arXiv 2409.02060), over all pairs. Rows are i. It is not symmetric: a rare
    expert may never be asked without a common one, which is asked without it most of the time. The diagonal is 1, and
    the rest is 0 where each token has one expert; a row adds up to k. An expert without tokens has a row of zeros.

    What people get wrong: the script that was released with the paper counts only experts that stand beside each other
    when a token's k experts are sorted by score, k - 1 of its k (k - 1) / 2 pairs. For k over 2 that is less, and it
    depends on an order that the equation does not know.
    """
    chosen = assigned.float()
    together = chosen.T @ chosen
    return torch.where(together.diagonal().unsqueeze(-1) > 0, together / together.diagonal().unsqueeze(-1), 0.0)
