"""The Switch Transformer's load-balancing loss as a balancer (Fedus et al. 2021, arXiv 2101.03961, eq. 4). It lowers
the probability of each expert in the measure in which it is busy.

    loss = alpha E sum_e f_e P_e,   see `moe_core.losses.load_balancing_loss`

f (E,) is the load, a count without a gradient, and P (E,) the importance, which has one.

What people get wrong: 1 is its value at balance, and no lower bound. And where it has evened the load nothing says that
experts differ: balanced is not specialised.
"""

from typing import final

from torch import Tensor

from moe_core.balancers.balancer import Balancer
from moe_core.losses import load_balancing_loss
from moe_core.routing import Routing


@final
class SwitchLoss(Balancer):
    """balance_coefficient is alpha, at least 0. The paper uses 0.01; small models need 0.1, the default, to 1."""

    def __init__(self, balance_coefficient: float) -> None:
        super().__init__()
        self.balance_coefficient = balance_coefficient

    def loss(self, routing: Routing) -> Tensor:
        return self.balance_coefficient * load_balancing_loss(routing)
