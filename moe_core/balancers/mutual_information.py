"""The mutual information between expert and token as a loss: -c (H(E) - H(E|X)) (Mod-Squad, Chen et al. 2022, arXiv
2212.08066; ModuleFormer, Shen et al. 2023, arXiv 2306.04640)."""

from typing import final

from torch import Tensor

from moe_core.balancers.balancer import Balancer
from moe_core.losses import mutual_information_loss
from moe_core.routing import Routing


@final
class MutualInformation(Balancer):
    """information_coefficient is c, at least 0. Here X is the token, as in ModuleFormer; Mod-Squad has tasks there.

    What people get wrong: it is no balance loss plus a constant. It asks for even importance and for sure tokens at
    once, so it goes on pulling where the load is even already. And it calls no expert back that no token gives any
    probability: what it would raise has no slope there.
    """

    def __init__(self, information_coefficient: float) -> None:
        super().__init__()
        self.information_coefficient = information_coefficient

    def loss(self, routing: Routing) -> Tensor:
        return self.information_coefficient * mutual_information_loss(routing)
