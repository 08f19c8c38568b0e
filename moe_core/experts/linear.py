"""stub"""

from typing import final

from torch import Generator

from moe_core.dispatch import DispatchedTokens
from moe_core.experts.experts import Experts, uniform


@final
class LinearExperts(Experts):
    def __init__(self, *, num_experts: int, d_model: int, d_out: int, generator: Generator) -> None:
        super().__init__(num_experts)
        self.weight = uniform(num_experts, d_model, d_out, fan_in=d_model, generator=generator)
        self.bias = uniform(num_experts, d_out, fan_in=d_model, generator=generator)

    def forward(self, inputs: DispatchedTokens) -> DispatchedTokens:
        return inputs.linear(self.weight, self.bias)
