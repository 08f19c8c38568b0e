"""The router z-loss as a balancer (ST-MoE, Zoph et al. 2022, arXiv 2202.08906, eq. 5). It pulls the logits of every
token towards a place where their exponentials sum to 1, so that none grows large.

    loss = z_coefficient mean_t (log sum_e exp h_te)^2,   h (T, E),   see `moe_core.losses.router_z_loss`

What people get wrong: it balances nothing. A collapsed router can have the least of it that there is.
"""

from typing import final

from torch import Tensor

from moe_core.balancers.balancer import Balancer
from moe_core.losses import router_z_loss
from moe_core.routing import Routing


@final
class ZLoss(Balancer):
    """z_coefficient is at least 0; 0.001, the default, is the paper's."""

    def __init__(self, z_coefficient: float) -> None:
        super().__init__()
        self.z_coefficient = z_coefficient

    def loss(self, routing: Routing) -> Tensor:
        return self.z_coefficient * router_z_loss(routing)
