"""Tokens on their way through the experts, in two layouts that give the same answer.

BatchedTokens holds a row for every (expert, token) pair: one batched product, no shape that depends on data.
GroupedTokens holds a row only for pairs that were chosen, a group for each expert: work grows with k and not with E.
Experts use `linear` and `map` alone, so they need not know which layout they were given.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable
from torch.nn import functional

from moe_core.chosen_pairs import ChosenPairs


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


ROWS_TOGETHER = 2048
"""Groups are held together up to so many rows. 512 and 1024 took the same time, within what a busy machine can tell."""

ROW_BYTES = 16
"""torch's grouped product reads rows of whole multiples of so many bytes."""


@dataclass(slots=True)
class GroupedTokens:
    """values: blocks (n, D), with a row for each token-expert pair that was chosen, sorted by expert.

    sizes   of each block, how many rows belong to each of its experts
    pairs   which pair each row is

    A block holds the groups of several experts, if they are small: so many experts are then activated in one call. It
    is not one tensor for all, so that no tensor is so large that the system must map fresh memory for it.
    """

    values: tuple[Tensor, ...]
    sizes: list[list[int]]
    pairs: ChosenPairs

    @classmethod
    def chosen(cls, x: Tensor, kept: Tensor) -> "GroupedTokens":
        """Gather the rows of x (T, D) that kept (T, E) chooses: any number for a token, any number for an expert."""
        pairs = ChosenPairs.of(kept)
        sizes = in_blocks(pairs.expert.bincount(minlength=kept.shape[1]).tolist())
        return cls(pairs.gather(x).split_with_sizes([sum(block) for block in sizes]), sizes, pairs)

    def linear(self, weight: Tensor, bias: Tensor | None = None) -> "GroupedTokens":
        """Each group through its own expert's affine map, as in BatchedTokens."""
        if bias is None and len(self.values) == 1 and torch_groups(weight):
            ends = torch.tensor(self.sizes[0]).cumsum(0).to(torch.int32)
            product = functional.grouped_mm(self.values[0], weight, offs=ends)
            return GroupedTokens((product,), self.sizes, self.pairs)
        return GroupedTokens(grouped_linear(weight, bias, self.sizes, *self.values), self.sizes, self.pairs)

    def map(self, function: Callable[[Tensor], Tensor]) -> "GroupedTokens":
        """Apply a function to each row. It may work in place: these tokens are not read again."""
        return GroupedTokens(tuple(map(function, self.values)), self.sizes, self.pairs)

    def weighted_sum(self, gates: Tensor) -> Tensor:
        """sum_e gates[t, e] values[e, t] over the chosen pairs: (T, E) to (T, D)."""
        rows = self.values[0] if len(self.values) == 1 else torch.cat(self.values)
        return self.pairs.weighted_sum(rows, gates)


def in_blocks(sizes: list[int]) -> list[list[int]]:
    """Sizes of groups, those of a block together: at most ROWS_TOGETHER rows, or one group."""
    blocks: list[list[int]] = []
    for size in sizes:
        if not blocks or sum(blocks[-1]) + size > ROWS_TOGETHER:
            blocks.append([])
        blocks[-1].append(size)
    return blocks


def torch_groups(weight: Tensor) -> bool:
    """Whether torch's own grouped product takes weight (E, D, F). It is the same products in a loop of its own, which
    costs less than ours where there are many small groups. Beyond a processor and float32 it asks for other layouts.
    """
    whole_rows = all(size * weight.element_size() % ROW_BYTES == 0 for size in weight.shape[1:])
    return whole_rows and weight.dtype == torch.float32 and weight.device.type == "cpu"


class GroupedLinear(torch.autograd.Function):
    """group[e] @ weight[e] + bias[e] for each expert e: weight (E, D, F), bias (E, F) or None, blocks of groups.

    Left to itself, autograd would make each expert's gradient apart and then copy all of them into one tensor. Here
    each product is written to where it belongs, forward and backward.
    """

    @staticmethod
    def forward(
        ctx: Any, weight: Tensor, bias: Tensor | None, sizes: list[list[int]], *blocks: Tensor
    ) -> tuple[Tensor, ...]:
        ctx.save_for_backward(weight, *blocks)
        ctx.sizes, ctx.has_bias = sizes, bias is not None
        outputs = tuple(block.new_empty(len(block), weight.shape[2]) for block in blocks)
        groups, outs = groups_of(blocks, sizes), groups_of(outputs, sizes)
        if bias is None:
            for group, matrix, out in zip(groups, weight.unbind(), outs, strict=True):
                torch.mm(group, matrix, out=out)
        else:
            for group, matrix, row, out in zip(groups, weight.unbind(), bias.unbind(), outs, strict=True):
                torch.addmm(row, group, matrix, out=out)
        return outputs

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, *gradients: Tensor) -> tuple[Any, ...]:
        weight, *blocks = ctx.saved_tensors
        d_weight = torch.empty_like(weight)
        groups = groups_of(gradients, ctx.sizes)
        inputs_of_groups = groups_of([block.T for block in blocks], ctx.sizes, dim=1)
        for inputs, group, out in zip(inputs_of_groups, groups, d_weight.unbind(), strict=True):
            torch.mm(inputs, group, out=out)
        d_bias = torch.stack([group.sum(0) for group in groups]) if ctx.has_bias else None
        if not any(ctx.needs_input_grad[3:]):
            return d_weight, d_bias, None, *[None] * len(blocks)
        d_blocks = [torch.empty_like(block) for block in blocks]
        for group, matrix, out in zip(groups, weight.mT.unbind(), groups_of(d_blocks, ctx.sizes), strict=True):
            torch.mm(group, matrix, out=out)
        return d_weight, d_bias, None, *d_blocks


def groups_of(blocks: Iterable[Tensor], sizes: list[list[int]], dim: int = 0) -> list[Tensor]:
    """What is each expert's along dim: its rows, or the columns of blocks that were transposed. Views of the blocks."""
    return [group for block, rows in zip(blocks, sizes, strict=True) for group in block.split_with_sizes(rows, dim)]


grouped_linear: Callable[..., tuple[Tensor, ...]] = GroupedLinear.apply

DispatchedTokens = BatchedTokens | GroupedTokens
