"""Tokens on their way through the experts, in two layouts that give the same answer.

BatchedTokens holds a row for every (expert, token) pair: one batched product, no shape that depends on data.
GroupedTokens holds a row only for pairs that were chosen, sorted by expert: work grows with k and not with E.
Experts use `linear` and `map` alone, so they need not know which layout they were given.
"""

from collections.abc import Callable
from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn import functional


@dataclass(frozen=True)
class BatchedTokens:
    """values (E, S, D): S rows for each of E experts."""

    values: Tensor

    def linear(self, weight: Tensor, bias: Tensor) -> "BatchedTokens":
        """Each expert's own affine map: values[e] @ weight[e] + bias[e]; weight (E, D, F), bias (E, F)."""
        return BatchedTokens(torch.baddbmm(bias.unsqueeze(1), self.values, weight))

    def map(self, function: Callable[[Tensor], Tensor]) -> "BatchedTokens":
        """Apply an elementwise function."""
        return BatchedTokens(function(self.values))

    def weighted_sum(self, gates: Tensor) -> Tensor:
        """sum_e gates[t, e] values[e, t]: (T, E) and (E, T, D) to (T, D)."""
        return torch.bmm(gates.unsqueeze(1), self.values.transpose(0, 1)).squeeze(1)


@dataclass(frozen=True)
class GroupedTokens:
    """values (N, D): the N chosen (token, expert) pairs, sorted by expert.

    token (N,), expert (N,)   which pair each row is
    ends (E,) int32           where each expert's rows end
    """

    values: Tensor
    token: Tensor
    expert: Tensor
    ends: Tensor

    @classmethod
    def chosen(cls, x: Tensor, kept: Tensor) -> "GroupedTokens":
        """Gather the rows of x (T, D) that kept (T, E) chooses."""
        expert, token = kept.T.nonzero(as_tuple=True)
        ends = kept.sum(0).cumsum(0).to(torch.int32)
        return cls(x[token], token, expert, ends)

    def linear(self, weight: Tensor, bias: Tensor) -> "GroupedTokens":
        """Each row through its own expert's affine map, as in BatchedTokens."""
        product = grouped_product(self.values, weight, self.ends)
        return GroupedTokens(product + bias[self.expert], self.token, self.expert, self.ends)

    def map(self, function: Callable[[Tensor], Tensor]) -> "GroupedTokens":
        """Apply an elementwise function."""
        return GroupedTokens(function(self.values), self.token, self.expert, self.ends)

    def weighted_sum(self, gates: Tensor) -> Tensor:
        """sum_e gates[t, e] values[e, t] over the chosen pairs: (T, E) and (N, D) to (T, D)."""
        weighted = self.values * gates[self.token, self.expert].unsqueeze(-1)
        return weighted.new_zeros(gates.shape[0], weighted.shape[1]).index_add(0, self.token, weighted)


def grouped_product(values: Tensor, weight: Tensor, ends: Tensor) -> Tensor:
    """Rows (N, D) times the matrix of their group (E, D, F), to (N, F); group e's rows end at ends[e].

    The kernel wants every row to be a whole number of 16-byte units, so odd widths are padded with zeros.
    """
    d_in, d_out = weight.shape[1:]
    unit = 16 // weight.element_size()
    if d_in % unit or d_out % unit:
        values = functional.pad(values, (0, -d_in % unit))
        weight = functional.pad(weight, (0, -d_out % unit, 0, -d_in % unit))
    return functional.grouped_mm(values, weight, offs=ends)[:, :d_out]


DispatchedTokens = BatchedTokens | GroupedTokens
