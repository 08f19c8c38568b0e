"""Gated experts, as in Mixtral (Jiang et al. 2024, arXiv 2401.04088); the gated unit is Shazeer's (2020, 2002.05202).

    f_e(x) = (phi(x w_gate[e] + b_gate[e]) * (x w_up[e] + b_up[e])) w_out[e] + b_out[e],   phi(z) = z sigmoid(z)

Each hidden unit is a product: one factor says how much, the other what. What people get wrong: this gate is inside an
expert and has nothing to do with the router's gates. The models named here have no constants; these can be set to zero.
"""

from typing import final

from torch import Generator
from torch.nn import functional

from moe_core.config.cost import pair_work
from moe_core.dispatch import DispatchedTokens
from moe_core.experts.experts import Experts, uniform


@final
class GatedExperts(Experts):
    """w_gate, w_up (E, D, F), b_gate, b_up (E, F), w_out (E, F, d_out), b_out (E, d_out).

    First weights are drawn from `generator` as torch.nn.Linear has them.
    """

    def __init__(self, *, num_experts: int, d_model: int, d_out: int, generator: Generator, d_hidden: int) -> None:
        super().__init__(num_experts, pair_work(d_hidden * (2 * d_model + d_out), d_model + 4 * d_hidden + d_out))
        self.w_gate = uniform(num_experts, d_model, d_hidden, fan_in=d_model, generator=generator)
        self.b_gate = uniform(num_experts, d_hidden, fan_in=d_model, generator=generator)
        self.w_up = uniform(num_experts, d_model, d_hidden, fan_in=d_model, generator=generator)
        self.b_up = uniform(num_experts, d_hidden, fan_in=d_model, generator=generator)
        self.w_out = uniform(num_experts, d_hidden, d_out, fan_in=d_hidden, generator=generator)
        self.b_out = uniform(num_experts, d_out, fan_in=d_hidden, generator=generator)

    def forward(self, tokens: DispatchedTokens) -> DispatchedTokens:
        gate = tokens.linear(self.w_gate, self.b_gate).map(functional.silu)
        hidden = tokens.linear(self.w_up, self.b_up).times(gate)
        return hidden.linear(self.w_out, self.b_out)
