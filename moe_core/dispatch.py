"""Tokens on their way through the experts, in two layouts that give the same answer.

BatchedTokens holds a row for every (expert, token) pair: one batched product, no shape that depends on data.
GroupedTokens holds a row only for pairs that were chosen, a group for each expert: work grows with k and not with E.
Experts use `linear` and `map` alone, so they need not know which layout they were given.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable


@dataclass(slots=True)
class BatchedTokens:
    """values (E, S, D): S rows for each of E experts."""

    values: Tensor

    @classmethod
    def everywhere(cls, x: Tensor, num_experts: int) -> "BatchedTokens":
        """Every token of x (T, D) for every expert, without a copy."""
        return cls(x.expand(num_experts, *x.shape))

    def linear(self, weight: Tensor, bias: Tensor | None = None) -> "BatchedTokens":
        """Each expert's own affine map: values[e] @ weight[e] + bias[e]; weight (E, D, F), bias (E, F) or none."""
        if bias is None:
            return BatchedTokens(torch.bmm(self.values, weight))
        return BatchedTokens(torch.baddbmm(bias.unsqueeze(1), self.values, weight))

    def map(self, function: Callable[[Tensor], Tensor]) -> "BatchedTokens":
        """Apply a function to each row. It may work in place: these tokens are not read again."""
        return BatchedTokens(function(self.values))

    def weighted_sum(self, gates: Tensor) -> Tensor:
        """sum_e gates[t, e] values[e, t]: (T, E) and (E, T, D) to (T, D)."""
        return torch.bmm(gates.unsqueeze(1), self.values.transpose(0, 1)).squeeze(1)


@dataclass(slots=True)
class GroupedTokens:
    """values: one tensor (n_e, D) for each of E experts, with a row for each of the n_e tokens that chose it.

    token (N,), expert (N,)   which pair each row is, N = n_1 + ... + n_E, sorted by expert

    The groups are tensors of their own and not slices of one, so that a group is still in the processor's cache when
    the next product wants it, and so that no tensor is so large that the system must map fresh memory for it.
    """

    values: tuple[Tensor, ...]
    token: Tensor
    expert: Tensor

    @classmethod
    def chosen(cls, x: Tensor, kept: Tensor) -> "GroupedTokens":
        """Gather the rows of x (T, D) that kept (T, E) chooses: any number for a token, any number for an expert."""
        expert, token = kept.T.nonzero(as_tuple=True)
        # index_select and not x[token], whose gradient takes five times as long.
        rows = x.index_select(0, token)
        return cls(rows.split_with_sizes(kept.sum(0).tolist()), token, expert)

    def linear(self, weight: Tensor, bias: Tensor | None = None) -> "GroupedTokens":
        """Each group through its own expert's affine map, as in BatchedTokens."""
        return GroupedTokens(grouped_linear(weight, bias, *self.values), self.token, self.expert)

    def map(self, function: Callable[[Tensor], Tensor]) -> "GroupedTokens":
        """Apply a function to each row. It may work in place: these tokens are not read again."""
        return GroupedTokens(tuple(map(function, self.values)), self.token, self.expert)

    def weighted_sum(self, gates: Tensor) -> Tensor:
        """sum_e gates[t, e] values[e, t] over the chosen pairs: (T, E) and E of (n_e, D) to (T, D)."""
        weighted = torch.cat(self.values) * gates[self.token, self.expert].unsqueeze(-1)
        return weighted.new_zeros(len(gates), weighted.shape[1]).index_add_(0, self.token, weighted)


class GroupedLinear(torch.autograd.Function):
    """groups[e] @ weight[e] + bias[e] for each expert e: weight (E, D, F), bias (E, F) or None, groups E of (n_e, D).

    Left to itself, autograd would make each expert's gradient apart and then copy all of them into one tensor. Here
    each product writes its gradient to where it belongs.
    """

    @staticmethod
    def forward(ctx: Any, weight: Tensor, bias: Tensor | None, *groups: Tensor) -> tuple[Tensor, ...]:
        ctx.save_for_backward(weight, *groups)
        ctx.has_bias = bias is not None
        return tuple(map(torch.mm, groups, weight) if bias is None else map(torch.addmm, bias, groups, weight))

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Tensor | None, ...]:
        weight, *groups = ctx.saved_tensors
        d_weight = torch.empty_like(weight)
        for group, gradient, out in zip(groups, gradients, d_weight, strict=True):
            torch.mm(group.T, gradient, out=out)
        d_bias = torch.stack([gradient.sum(0) for gradient in gradients]) if ctx.has_bias else None
        if not any(ctx.needs_input_grad[2:]):
            return d_weight, d_bias, *[None] * len(groups)
        return d_weight, d_bias, *map(torch.mm, gradients, weight.mT)


grouped_linear: Callable[..., tuple[Tensor, ...]] = GroupedLinear.apply

DispatchedTokens = BatchedTokens | GroupedTokens
