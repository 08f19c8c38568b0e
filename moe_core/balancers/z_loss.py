"""The router z-loss as a balancer: c mean (logsumexp h)^2 (Zoph et al. 2022, arXiv 2202.08906)."""

from typing import final

from torch import Tensor

from moe_core.balancers.balancer import Balancer
from moe_core.losses import router_z_loss
from moe_core.routing import Routing


@final
class ZLoss(Balancer):
    """z_coefficient is c, at least 0; the paper uses 0.001. Alone it bounds the logits and balances nothing."""

    def __init__(self, z_coefficient: float) -> None:
        super().__init__()
        self.z_coefficient = z_coefficient

    def loss(self, routing: Routing) -> Tensor:
        return self.z_coefficient * router_z_loss(routing)
