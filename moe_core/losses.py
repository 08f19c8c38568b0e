"""Auxiliary losses: pure functions of a routing."""

from torch import Tensor

from moe_core.routing import Routing


def load_balancing_loss(routing: Routing) -> Tensor:
    """The Switch Transformer's balancing loss (Fedus et al. 2021, arXiv 2101.03961, eq. 4).

        L = E sum_e f_e P_e

    f_e is expert e's share of the assignments, P_e its mean probability over the tokens. Both sum to 1, so at perfect
    balance L is 1, for every k. 1 is no lower bound: an f that leans away from P gives less. f counts, so it has no
    gradient; the loss lowers P where f is high.
    """
    return routing.load.shape[0] * (routing.load * routing.importance).sum()
