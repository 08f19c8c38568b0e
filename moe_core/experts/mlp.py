"""Experts with one hidden layer, as in the sparsely gated layer of Shazeer et al. 2017 (arXiv 1701.06538).

    y_e = phi(x w_in[e] + b_in[e]) w_out[e] + b_out[e]

phi is the activation, applied to each hidden unit.
"""

from collections.abc import Callable
from typing import final

import torch
from torch import Generator, Tensor
from torch.nn import functional

from moe_core.config.cost import pair_work
from moe_core.dispatch import DispatchedTokens
from moe_core.experts.experts import Experts, uniform

# Where the slope can be read off the result, the activation works in place: one tensor less to write and to hold.
ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": torch.relu_,
    "gelu": functional.gelu,
    "silu": functional.silu,
    "tanh": torch.tanh_,
}


@final
class MLPExperts(Experts):
    """w_in (E, D, F), b_in (E, F), w_out (E, F, d_out), b_out (E, d_out); phi is named by `activation`.

    First weights are drawn from `generator` as torch.nn.Linear has them. gelu is the exact one, with the normal
    distribution function. Raises ValueError for an activation that is not one of ACTIVATIONS.
    """

    def __init__(
        self,
        *,
        num_experts: int,
        d_model: int,
        d_out: int,
        generator: Generator,
        d_hidden: int,
        activation: str = "relu",
    ) -> None:
        super().__init__(num_experts, pair_work(d_hidden * (d_model + d_out), d_model + 2 * d_hidden + d_out))
        if activation not in ACTIVATIONS:
            raise ValueError(f"activation = {activation} was refused: it is one of {', '.join(ACTIVATIONS)}.")
        self.activation = activation
        self.w_in = uniform(num_experts, d_model, d_hidden, fan_in=d_model, generator=generator)
        self.b_in = uniform(num_experts, d_hidden, fan_in=d_model, generator=generator)
        self.w_out = uniform(num_experts, d_hidden, d_out, fan_in=d_hidden, generator=generator)
        self.b_out = uniform(num_experts, d_out, fan_in=d_hidden, generator=generator)

    def forward(self, tokens: DispatchedTokens) -> DispatchedTokens:
        hidden = tokens.linear(self.w_in, self.b_in).map(ACTIVATIONS[self.activation])
        return hidden.linear(self.w_out, self.b_out)
