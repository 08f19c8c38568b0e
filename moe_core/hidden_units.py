"""Inside one expert: what each of its hidden units computes, and the weights that lead to the unit and away from it.

    y = b_out + sum_j a_j(x) w_out[j]            a_j(x) = phi(x . w_in[j] + b_in[j])
    gated: a_j(x) = phi(x . w_in[j, 0]) (x . w_in[j, 1])

a_j is the unit's activation, and a_j w_out[j] its term of the expert's answer y. Nothing is computed a second way: the
tokens go through the expert's own forward, and what it does with them is noted.

Shapes: T tokens, D inputs, F hidden units, C outputs, G affine maps that lead to a unit (1; 2 if gated).
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor

from moe_core.dispatch import BatchedTokens
from moe_core.experts import Experts


@dataclass(frozen=True)
class HiddenUnits:
    """Of one expert: activation (F, T), w_in (F, G, D), b_in (F, G) or None, w_out (F, C), b_out (C,) or None."""

    activation: Tensor
    w_in: Tensor
    b_in: Tensor | None
    w_out: Tensor
    b_out: Tensor | None

    @property
    def effect(self) -> Tensor:
        """How far each unit moves the answer over the tokens: std_t(a_j(x_t)) |w_out[j]|, (F,).

        It is the spread of the unit's term. A term that is the same for all tokens has none: it is no more than a bias.
        """
        return self.activation.std(1, correction=0) * self.w_out.norm(dim=1)


def hidden_units(experts: Experts, expert: int, x: Tensor) -> HiddenUnits | None:
    """The hidden units of one expert, counted from 0, for tokens x (T, D), asked or not. None if it has none."""
    with torch.inference_mode():
        passed = experts(WatchedTokens(x.unsqueeze(0), expert, [])).passed
    if len(passed) == 1:
        return None
    first, last = passed
    num_units = len(last.weight)
    return HiddenUnits(
        activation=last.inputs.T,
        w_in=first.weight.unflatten(1, (-1, num_units)).permute(2, 1, 0),
        b_in=None if first.bias is None else first.bias.unflatten(0, (-1, num_units)).T,
        w_out=last.weight,
        b_out=last.bias,
    )


@dataclass(frozen=True)
class AffineMap:
    """inputs @ weight + bias: inputs (T, N), weight (N, M), bias (M,) or None."""

    inputs: Tensor
    weight: Tensor
    bias: Tensor | None


@dataclass
class WatchedTokens(BatchedTokens):
    """values (1, T, N): tokens on their way through one expert, with the affine maps that they have `passed`."""

    expert: int
    passed: list[AffineMap]

    def linear(self, weight: Tensor, bias: Tensor | None = None) -> "WatchedTokens":
        """Through the affine map of this expert alone."""
        weight, bias = weight[self.expert].detach(), None if bias is None else bias[self.expert].detach()
        values = BatchedTokens(self.values).linear(weight.unsqueeze(0), None if bias is None else bias.unsqueeze(0))
        return WatchedTokens(values.values, self.expert, [*self.passed, AffineMap(self.values[0], weight, bias)])

    def map(self, function: Callable[[Tensor], Tensor]) -> "WatchedTokens":
        """Apply a function to each row. It may work in place: what was noted is read only once it is done."""
        return WatchedTokens(function(self.values), self.expert, self.passed)
