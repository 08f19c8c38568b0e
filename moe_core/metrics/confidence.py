"""How sure the router is of each token.

This says nothing of how the tokens are spread: the mean of the tokens' entropies is not the entropy of the load.
"""

import torch
from torch import Tensor
from torch.nn import functional


def router_entropy(probs: Tensor) -> float:
    """Mean entropy of the tokens' probabilities (T, E) in nats, from 0 (sure of each token) to ln E (sure of none).

        (1/T) sum_t H(p_t),   H(p) = -sum_e p_e ln p_e

    `load_entropy` answers another question. With p_t one-hot and the tokens spread evenly this is 0 and that is ln E.
    """
    return float(torch.special.entr(probs.detach()).sum(-1).mean())


def router_margin(probs: Tensor) -> float:
    """Mean lead of the most probable expert over the next, 0 (a tie for each token) to 1: probs (T, E).

        (1/T) sum_t (p_t(1) - p_t(2)),   p(1) >= p(2) >= ... sorted

    With one expert there is no next, so p(2) = 0 and the margin is 1. No one paper defines it; it is the margin of
    active learning (Scheffer et al. 2001).
    """
    # An expert of probability 0 changes no other's rank, and gives a lone expert its p(2).
    first, second = functional.pad(probs.detach(), (0, 1)).topk(2).values.unbind(-1)
    return float((first - second).mean())
