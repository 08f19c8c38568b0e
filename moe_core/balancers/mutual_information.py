"""The mutual information between expert and token as a loss (Mod-Squad, Chen et al. 2022, arXiv 2212.08066;
ModuleFormer, Shen et al. 2023, arXiv 2306.04640). It asks for even importance and for a router that is sure of each
token, both at once.

    loss = -information_coefficient (H(P) - mean_t H(p_t)),   P = mean_t p_t,   see `moe_core.losses`

p is (T, E), P (E,). In the papers X is the token (ModuleFormer), as here, or the task (Mod-Squad).

What people get wrong: it is no balance loss plus a constant: it goes on pulling where the load is even already. And it
calls no expert back that no token gives any probability: what it would raise has no slope there.
"""

from typing import final

from torch import Tensor

from moe_core.balancers.balancer import Balancer
from moe_core.losses import mutual_information_loss
from moe_core.routing import Routing


@final
class MutualInformation(Balancer):
    """information_coefficient is at least 0; the default of 0.1 suits small models and is from no paper."""

    def __init__(self, information_coefficient: float) -> None:
        super().__init__()
        self.information_coefficient = information_coefficient

    def loss(self, routing: Routing) -> Tensor:
        return self.information_coefficient * mutual_information_loss(routing)
