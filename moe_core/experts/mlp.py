"""stub, replaced on merge"""

from typing import final

import torch
from torch import Generator
from torch.nn import functional

from moe_core.dispatch import DispatchedTokens
from moe_core.experts.experts import Experts, uniform

ACTIVATIONS = {"relu": torch.relu, "gelu": functional.gelu, "silu": functional.silu, "tanh": torch.tanh}


@final
class MLPExperts(Experts):
    def __init__(
        self, *, num_experts: int, d_model: int, d_out: int, generator: Generator, d_hidden: int, activation: str
    ) -> None:
        super().__init__(num_experts)
        self.w_in = uniform(num_experts, d_model, d_hidden, fan_in=d_model, generator=generator)
        self.b_in = uniform(num_experts, d_hidden, fan_in=d_model, generator=generator)
        self.w_out = uniform(num_experts, d_hidden, d_out, fan_in=d_hidden, generator=generator)
        self.b_out = uniform(num_experts, d_out, fan_in=d_hidden, generator=generator)
        self.activation = ACTIVATIONS[activation]

    def forward(self, inputs: DispatchedTokens) -> DispatchedTokens:
        return inputs.linear(self.w_in, self.b_in).map(self.activation).linear(self.w_out, self.b_out)
