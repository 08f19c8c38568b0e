"""The two balancing losses of noisy top-k gating (Shazeer et al. 2017, arXiv 1701.06538, section 4)."""

from typing import final

from torch import Tensor

from moe_core.balancers.balancer import Balancer
from moe_core.losses import importance_loss, load_loss
from moe_core.routing import Routing, TokenRouting


@final
class ImportanceAndLoad(Balancer):
    """importance_coefficient CV(importance)^2 + load_coefficient CV(load)^2.

    One of the best runs in the paper has 0.1 for both.
    """

    def __init__(self, importance_coefficient: float, load_coefficient: float) -> None:
        super().__init__()
        self.importance_coefficient = importance_coefficient
        self.load_coefficient = load_coefficient

    def loss(self, routing: Routing) -> Tensor:
        assert isinstance(routing, TokenRouting)
        return self.importance_coefficient * importance_loss(routing) + self.load_coefficient * load_loss(routing)
