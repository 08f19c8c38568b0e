"""The entropy of the router's probabilities as a loss (Huang et al. 2024, arXiv 2403.07652). It makes the router sure
of each token; beside the top-p router it so keeps the number of experts that a token asks for low.

    loss = -entropy_coefficient mean_t sum_e p_te ln p_te,   p (T, E),   see `moe_core.losses.entropy_loss`

What people get wrong: it balances nothing. A router that is sure of one expert for all tokens has the least of it.
"""

from typing import final

from torch import Tensor

from moe_core.balancers.balancer import Balancer
from moe_core.losses import entropy_loss
from moe_core.routing import Routing


@final
class EntropyLoss(Balancer):
    """entropy_coefficient is at least 0; 0.0001, the default, is the paper's."""

    def __init__(self, entropy_coefficient: float) -> None:
        super().__init__()
        self.entropy_coefficient = entropy_coefficient

    def loss(self, routing: Routing) -> Tensor:
        return self.entropy_coefficient * entropy_loss(routing)
