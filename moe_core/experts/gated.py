"""Gated experts, as in Mixtral (Jiang et al. 2024, arXiv 2401.04088); the gated unit is Shazeer's (2020, 2002.05202).

    y_e = w_out[e] (phi(z) * u),   (z, u) = w_in[e] x,   phi(z) = z sigmoid(z)

Each hidden unit is a product: one factor says how much, the other what. As in Mixtral there are no constants. What
people get wrong: this gate is inside an expert and has nothing to do with the router's gates.
"""

from collections.abc import Callable
from typing import Any, final

import torch
from torch import Generator, Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from moe_core.config.cost import pair_work
from moe_core.dispatch import DispatchedTokens
from moe_core.experts.experts import Experts, uniform


@final
class GatedExperts(Experts):
    """w_in (E, 2 F, D), w_out (E, d_out, F). The first F rows of w_in are for z, the rest for u: one product for both
    is faster than two. Each output has its row, as in Mixtral: where experts have few tokens, the gradient of the
    tokens is the dearest product, and it reads the weights row by row.

    First weights are drawn from `generator` as torch.nn.Linear has them.
    """

    def __init__(self, *, num_experts: int, d_model: int, d_out: int, generator: Generator, d_hidden: int) -> None:
        super().__init__(num_experts, pair_work(d_hidden * (2 * d_model + d_out), d_model + 4 * d_hidden + d_out))
        self.w_in = uniform(num_experts, 2 * d_hidden, d_model, fan_in=d_model, generator=generator)
        self.w_out = uniform(num_experts, d_out, d_hidden, fan_in=d_hidden, generator=generator)

    def forward(self, tokens: DispatchedTokens) -> DispatchedTokens:
        return tokens.linear(self.w_in.mT).map(gated).linear(self.w_out.mT)


class Gated(torch.autograd.Function):
    """phi(z) u, of rows (..., 2 F) that hold z and u: (..., F).

    Left to itself, autograd would make the gradients of z and u apart and then copy both into one tensor.
    """

    @staticmethod
    def forward(ctx: Any, hidden: Tensor) -> Tensor:
        z, u = hidden.chunk(2, dim=-1)
        gate = functional.silu(z)
        ctx.save_for_backward(hidden, gate)
        return gate * u

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> Tensor:
        hidden, gate = ctx.saved_tensors
        z, u = hidden.chunk(2, dim=-1)
        d_hidden = torch.empty_like(hidden)
        d_z, d_u = d_hidden.chunk(2, dim=-1)
        torch.mul(gradient, u, out=d_z)
        torch.ops.aten.silu_backward.grad_input(d_z, z, grad_input=d_z)
        torch.mul(gradient, gate, out=d_u)
        return d_hidden


gated: Callable[[Tensor], Tensor] = Gated.apply
