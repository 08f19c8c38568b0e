"""The token-expert pairs that were chosen, and the two ways between tokens and pairs: out to the experts and back.

Out, a token is copied to each of its rows; back, its rows are weighted and summed. Each way is the other's gradient, so
no gradient is scattered: a token finds its own rows and adds them up, always in the same order.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional


@dataclass(frozen=True, slots=True)
class ChosenPairs:
    """N pairs, a row for each. Rows are sorted by expert, and those of one expert by token.

    token (N,), expert (N,)   the pair of each row
    place (N,)                where it stands in a table (T, E) that is read row by row
    row (N,)                  the same rows sorted by token
    first (T,)                where in `row` each token's begin
    """

    token: Tensor
    expert: Tensor
    place: Tensor
    row: Tensor
    first: Tensor

    @classmethod
    def of(cls, kept: Tensor) -> "ChosenPairs":
        """The pairs that kept (T, E) holds: any number for a token, any number for an expert."""
        expert, token = kept.T.nonzero(as_tuple=True)
        place = token * kept.shape[1] + expert
        counts = token.bincount(minlength=len(kept))
        return cls(token, expert, place, token.argsort(stable=True), counts.cumsum(0) - counts)

    def gather(self, x: Tensor) -> Tensor:
        """Each row its token: x (T, D) to (N, D)."""
        return gather(x, self)

    def weighted_sum(self, rows: Tensor, gates: Tensor) -> Tensor:
        """Each token the sum of its rows, times its gates (T, E): rows (N, D) to (T, D)."""
        return weighted_sum(rows, gates, self)


class Gather(torch.autograd.Function):
    """rows_n = x_token(n): x (T, D) to (N, D). Backward is `WeightedSum` with every gate 1: a token's gradient is the
    sum of its rows'.
    """

    @staticmethod
    def forward(ctx: Any, x: Tensor, pairs: ChosenPairs) -> Tensor:
        ctx.pairs = pairs
        return x.index_select(0, pairs.token)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, None]:
        return functional.embedding_bag(ctx.pairs.row, gradient, ctx.pairs.first, mode="sum"), None


class WeightedSum(torch.autograd.Function):
    """y_t = sum over the pairs n of token t of g_t,expert(n) rows_n: rows (N, D) and gates (T, E) to (T, D).

    Backward is `Gather`, times the gates: d rows_n = g d y_t, and d g = d y_t . rows_n.
    """

    @staticmethod
    def forward(ctx: Any, rows: Tensor, gates: Tensor, pairs: ChosenPairs) -> Tensor:
        weights = gates.take(pairs.place)
        ctx.save_for_backward(rows, weights)
        ctx.pairs, ctx.shape = pairs, gates.shape
        weights = weights.index_select(0, pairs.row)
        return functional.embedding_bag(pairs.row, rows, pairs.first, mode="sum", per_sample_weights=weights)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, gradient: Tensor) -> tuple[Tensor, Tensor, None]:
        rows, weights = ctx.saved_tensors
        d_rows = gradient.index_select(0, ctx.pairs.token)
        d_gates = gradient.new_zeros(ctx.shape)
        d_gates.view(-1)[ctx.pairs.place] = torch.linalg.vecdot(d_rows, rows)
        return d_rows.mul_(weights.unsqueeze(-1)), d_gates, None


gather: Callable[[Tensor, ChosenPairs], Tensor] = Gather.apply
weighted_sum: Callable[[Tensor, Tensor, ChosenPairs], Tensor] = WeightedSum.apply
