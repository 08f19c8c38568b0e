"""The entropy of the router's probabilities as a loss: c mean_t H(p_t) (Huang et al. 2024, arXiv 2403.07652)."""

from typing import final

from torch import Tensor

from moe_core.balancers.balancer import Balancer
from moe_core.losses import entropy_loss
from moe_core.routing import Routing


@final
class EntropyLoss(Balancer):
    """entropy_coefficient is c, at least 0; the paper uses 0.0001. Beside the top-p router it keeps the number of
    experts a token asks for low. Alone it balances nothing."""

    def __init__(self, entropy_coefficient: float) -> None:
        super().__init__()
        self.entropy_coefficient = entropy_coefficient

    def loss(self, routing: Routing) -> Tensor:
        return self.entropy_coefficient * entropy_loss(routing)
