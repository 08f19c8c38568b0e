"""Both layouts of tokens give the same answer and the same gradients, at every width and however tokens fall."""

import pytest
import torch
from torch import Generator, Tensor

from moe_core.dispatch import BatchedTokens, GroupedTokens
from moe_core.experts import Experts
from tests.moe_core.cases import random_tokens

E, T = 5, 11

CHOICES = {
    "one expert each": torch.eye(E, dtype=torch.bool).repeat(3, 1)[:T],
    "two experts each": (torch.eye(E) + torch.eye(E).roll(1, 0)).bool().repeat(3, 1)[:T],
    "every expert": torch.ones(T, E, dtype=torch.bool),
    "the first expert only": torch.arange(E).eq(0).expand(T, E),
    "the last expert only": torch.arange(E).eq(E - 1).expand(T, E),
    "some tokens dropped": torch.eye(E, dtype=torch.bool).repeat(3, 1)[:T] & (torch.arange(T) % 2 == 0).unsqueeze(1),
    "nobody": torch.zeros(T, E, dtype=torch.bool),
}


def through(experts: Experts, tokens: BatchedTokens | GroupedTokens, gates: Tensor) -> Tensor:
    return experts(tokens).weighted_sum(gates)


def batched(x: Tensor) -> BatchedTokens:
    return BatchedTokens(x.expand(E, *x.shape))


@pytest.mark.parametrize(("d_model", "d_hidden", "d_out"), [(2, 8, 2), (64, 16, 10), (4, 8, 4), (1, 1, 1), (3, 5, 7)])
@pytest.mark.parametrize("kept", CHOICES.values(), ids=CHOICES.keys())
def test_layouts_agree(kept: Tensor, d_model: int, d_hidden: int, d_out: int) -> None:
    """Widths that are and are not a whole number of 16-byte units, experts with no token, tokens with no expert."""
    experts = Experts(E, d_model, d_hidden, d_out, Generator().manual_seed(0))
    x = random_tokens(T, d_model).requires_grad_()
    gates = (random_tokens(T, E, seed=3).sigmoid() * kept).requires_grad_()
    one = through(experts, batched(x), gates)
    other = through(experts, GroupedTokens.chosen(x, kept), gates)
    torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)

    leaves = [x, *experts.parameters()]
    direction = random_tokens(T, d_out, seed=4)
    for a, b in zip(
        torch.autograd.grad(one, leaves, direction), torch.autograd.grad(other, leaves, direction), strict=True
    ):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_layouts_agree_on_tokens_that_are_not_contiguous() -> None:
    experts = Experts(E, 4, 8, 4, Generator().manual_seed(0))
    x = random_tokens(4, T).T
    gates = torch.ones(T, E)
    one, other = through(experts, batched(x), gates), through(experts, GroupedTokens.chosen(x, gates.bool()), gates)
    torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("width", [3, 8])
def test_layouts_agree_on_the_gradient_of_a_plain_sum(width: int) -> None:
    """That gradient is one number expanded, which the grouped kernel refuses: the layer must hand it a dense one."""
    experts = Experts(E, width, width, width, Generator().manual_seed(0))
    x = random_tokens(T, width).requires_grad_()
    kept = CHOICES["two experts each"]
    one, other = (
        through(experts, batched(x), kept.float()),
        through(experts, GroupedTokens.chosen(x, kept), kept.float()),
    )
    for a, b in zip(torch.autograd.grad(one.sum(), x), torch.autograd.grad(other.sum(), x), strict=True):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_grouped_rows_grow_with_k_and_batched_rows_with_the_number_of_experts() -> None:
    x = random_tokens(T, 4)
    assert len(GroupedTokens.chosen(x, CHOICES["one expert each"]).values) == T
    assert len(GroupedTokens.chosen(x, CHOICES["two experts each"]).values) == 2 * T
    assert batched(x).values.shape[:2] == (E, T)


def test_grouped_rows_are_sorted_by_expert() -> None:
    """Tokens 0, 1, 2 ask experts 1, 0, 1: rows are token 1, then tokens 0 and 2."""
    x = random_tokens(3, 4)
    kept = torch.tensor([[False, True], [True, False], [False, True]])
    grouped = GroupedTokens.chosen(x, kept)
    assert grouped.token.tolist() == [1, 0, 2]
    assert grouped.expert.tolist() == [0, 1, 1]
    assert grouped.ends.tolist() == [1, 3]
    assert torch.equal(grouped.values, x[[1, 0, 2]])
