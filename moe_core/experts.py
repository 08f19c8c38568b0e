"""Every expert of a layer, held together so that one batched product computes them all."""

import math

import torch
from torch import Generator, Tensor, nn

from moe_core.dispatch import BatchedTokens, DispatchedTokens


def uniform(*shape: int, fan_in: int, generator: Generator) -> nn.Parameter:
    """First weights, uniform in +-1/sqrt(fan_in), as torch.nn.Linear has them."""
    bound = 1.0 / math.sqrt(fan_in)
    return nn.Parameter((torch.rand(shape, generator=generator) * 2.0 - 1.0) * bound)


class Experts(nn.Module):
    """E networks of one hidden layer: f_e(x) = relu(x w_in[e] + b_in[e]) w_out[e] + b_out[e].

    w_in (E, D, F), b_in (E, F), w_out (E, F, d_out), b_out (E, d_out). First weights are
    drawn from `generator`.
    """

    def __init__(self, num_experts: int, d_model: int, d_hidden: int, d_out: int, generator: Generator) -> None:
        super().__init__()
        self.w_in = uniform(num_experts, d_model, d_hidden, fan_in=d_model, generator=generator)
        self.b_in = uniform(num_experts, d_hidden, fan_in=d_model, generator=generator)
        self.w_out = uniform(num_experts, d_hidden, d_out, fan_in=d_hidden, generator=generator)
        self.b_out = uniform(num_experts, d_out, fan_in=d_hidden, generator=generator)

    def forward(self, inputs: DispatchedTokens) -> DispatchedTokens:
        """Send each row through its expert; the layout of the rows is kept."""
        return inputs.linear(self.w_in, self.b_in).map(torch.relu).linear(self.w_out, self.b_out)

    def everywhere(self, x: Tensor) -> Tensor:
        """Every expert's answer to every token, asked or not: x (T, D) to (E, T, d_out)."""
        outputs = self(BatchedTokens(x.expand(self.w_in.shape[0], *x.shape)))
        return outputs.values
