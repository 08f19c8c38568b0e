"""The Switch Transformer's load-balancing loss as a balancer: alpha * E sum_e f_e P_e (arXiv 2101.03961)."""

from typing import final

from torch import Tensor

from moe_core.balancers.balancer import Balancer
from moe_core.losses import load_balancing_loss
from moe_core.routing import Routing


@final
class SwitchLoss(Balancer):
    """balance_coefficient is alpha, at least 0. The paper uses 0.01; small models need 0.1 to 1."""

    def __init__(self, balance_coefficient: float) -> None:
        super().__init__()
        self.balance_coefficient = balance_coefficient

    def loss(self, routing: Routing) -> Tensor:
        return self.balance_coefficient * load_balancing_loss(routing)
