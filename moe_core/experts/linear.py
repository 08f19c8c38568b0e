"""Experts that are affine maps, as in hierarchical mixtures (Jordan and Jacobs 1994, Neural Computation 6:181).

    y_e = x weight[e] + bias[e]

Everything that is not linear in the layer is then the router's doing. Chen et al. 2022 (arXiv 2208.02813) compare them
with nonlinear experts.
"""

from typing import final

from torch import Generator

from moe_core.config.cost import pair_work
from moe_core.dispatch import DispatchedTokens
from moe_core.experts.experts import Experts, uniform


@final
class LinearExperts(Experts):
    """weight (E, D, d_out), bias (E, d_out), drawn from `generator` as torch.nn.Linear has them."""

    def __init__(self, *, num_experts: int, d_model: int, d_out: int, generator: Generator) -> None:
        super().__init__(num_experts, pair_work(d_model * d_out, d_model + d_out))
        self.weight = uniform(num_experts, d_model, d_out, fan_in=d_model, generator=generator)
        self.bias = uniform(num_experts, d_out, fan_in=d_model, generator=generator)

    def forward(self, tokens: DispatchedTokens) -> DispatchedTokens:
        return tokens.linear(self.weight, self.bias)
