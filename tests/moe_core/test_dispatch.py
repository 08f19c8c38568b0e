"""Both layouts of tokens are their definition: the same answer and the same gradients, however tokens fall."""

from collections.abc import Callable
from unittest.mock import Mock

import pytest
import torch
from torch import Generator, Tensor
from torch.nn import functional

from moe_core import dispatch
from moe_core.dispatch import ROWS_TOGETHER, BatchedTokens, DispatchedTokens, GroupedTokens, in_blocks, torch_groups
from moe_core.experts import ACTIVATIONS, Experts, GatedExperts, LinearExperts, MLPExperts
from tests.moe_core.cases import mlp_experts, random_tokens
from tests.moe_core.naive_layer import naive_expert

E, T = 5, 11

LAYOUTS: dict[str, Callable[[Tensor, Tensor], DispatchedTokens]] = {
    "batched": lambda x, kept: BatchedTokens.everywhere(x, kept.shape[1]),
    "grouped": GroupedTokens.chosen,
}

CHOICES = {
    **{f"{k} of {E} experts each": (torch.arange(E) - torch.arange(T).unsqueeze(1)) % E < k for k in range(1, E + 1)},
    "the first expert only": torch.arange(E).eq(0).expand(T, E),
    "the last expert only": torch.arange(E).eq(E - 1).expand(T, E),
    "some tokens dropped": torch.eye(E, dtype=torch.bool).repeat(3, 1)[:T] & (torch.arange(T) % 2 == 0).unsqueeze(1),
    "more for some tokens than for others": torch.arange(E) < (torch.arange(T) % (E + 1)).unsqueeze(1),
    "nobody": torch.zeros(T, E, dtype=torch.bool),
}

KINDS = [*ACTIVATIONS, "linear"]


def experts_of(kind: str, d_model: int, d_out: int) -> Experts:
    """Linear experts, or those of 6 hidden units with the activation that is named."""
    sizes = {"num_experts": E, "d_model": d_model, "d_out": d_out}
    generator = Generator().manual_seed(0)
    if kind == "linear":
        return LinearExperts(**sizes, generator=generator)
    return MLPExperts(**sizes, generator=generator, d_hidden=6, activation=kind)


def by_definition(experts: Experts, x: Tensor, kept: Tensor, gates: Tensor, d_out: int) -> Tensor:
    """sum over kept experts of gate times answer, one token and one expert at a time."""
    outputs = []
    for token, its_experts, its_gates in zip(x, kept, gates, strict=True):
        chosen = its_experts.nonzero().flatten().tolist()
        outputs.append(sum((its_gates[e] * naive_expert(experts, e, token) for e in chosen), torch.zeros(d_out)))
    return torch.stack(outputs)


def through(tokens: DispatchedTokens, experts: Experts, gates: Tensor) -> Tensor:
    answers: DispatchedTokens = experts(tokens)
    return answers.weighted_sum(gates)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("kept", CHOICES.values(), ids=CHOICES.keys())
def test_a_layout_is_the_definition(kept: Tensor, kind: str, layout: str) -> None:
    """Output and the gradients of tokens, gates and experts; experts with no token, tokens with no expert."""
    experts = experts_of(kind, d_model=3, d_out=2)
    x = random_tokens(T, 3).requires_grad_()
    gates = (random_tokens(T, E, seed=3).sigmoid() * kept).requires_grad_()
    output = through(LAYOUTS[layout](x, kept), experts, gates)
    wanted = by_definition(experts, x, kept, gates, d_out=2)
    torch.testing.assert_close(output, wanted, rtol=1e-5, atol=1e-6)

    leaves = [x, *experts.parameters()]
    direction = random_tokens(T, 2, seed=4)
    gradients = torch.autograd.grad(output, [*leaves, gates], direction)
    if not kept.any():
        assert all(not gradient.any() for gradient in gradients[:-1])
        return
    wanted_gradients = torch.autograd.grad(wanted, [*leaves, gates], direction)
    for gradient, wanted_gradient in zip(gradients[:-1], wanted_gradients[:-1], strict=True):
        torch.testing.assert_close(gradient, wanted_gradient, rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(gradients[-1] * kept, wanted_gradients[-1], rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", KINDS)
def test_a_layout_is_the_definition_in_bfloat16(kind: str, layout: str) -> None:
    """Against the definition in float32 on the same weights, each tensor to 2^-6 of its largest entry.

    A number is rounded by at most 2^-9 of itself. On its way through the layer and back it is rounded eight times at
    most (hidden sum, activation, output, weighting, sum over experts; and back), and products add up in float32.
    """
    kept = CHOICES[f"2 of {E} experts each"]
    experts = experts_of(kind, d_model=8, d_out=8).bfloat16()
    x = random_tokens(T, 8).bfloat16().requires_grad_()
    gates = (random_tokens(T, E, seed=3).sigmoid() * kept).bfloat16().requires_grad_()
    direction = random_tokens(T, 8, seed=4).bfloat16()
    output = through(LAYOUTS[layout](x, kept), experts, gates)
    assert output.dtype == torch.bfloat16
    gradients = torch.autograd.grad(output, [x, *experts.parameters()], direction)

    exact_experts, exact_x = experts.float(), x.detach().float().requires_grad_()
    wanted = by_definition(exact_experts, exact_x, kept, gates.detach().float(), d_out=8)
    wanted_gradients = torch.autograd.grad(wanted, [exact_x, *exact_experts.parameters()], direction.float())
    for found, exact in zip([output, *gradients], [wanted, *wanted_gradients], strict=True):
        assert (found - exact).abs().max() <= 2**-6 * exact.abs().max()


@pytest.mark.parametrize(("d_model", "d_hidden", "d_out"), [(2, 8, 2), (64, 16, 10), (4, 8, 4), (1, 1, 1), (3, 5, 7)])
def test_layouts_agree_at_every_width(d_model: int, d_hidden: int, d_out: int) -> None:
    experts = mlp_experts(E, d_model, d_hidden, d_out)
    x, kept = random_tokens(T, d_model).requires_grad_(), CHOICES[f"2 of {E} experts each"]
    one, other = (through(layout(x, kept), experts, kept.float()) for layout in LAYOUTS.values())
    torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)
    leaves, direction = [x, *experts.parameters()], random_tokens(T, d_out, seed=4)
    for a, b in zip(
        torch.autograd.grad(one, leaves, direction), torch.autograd.grad(other, leaves, direction), strict=True
    ):
        torch.testing.assert_close(a, b, rtol=1e-4, atol=1e-5)


def test_layouts_agree_on_tokens_that_are_not_contiguous() -> None:
    experts = mlp_experts(E, 4, 8, 4)
    x, kept = random_tokens(4, T).T, torch.ones(T, E, dtype=torch.bool)
    one, other = (through(layout(x, kept), experts, kept.float()) for layout in LAYOUTS.values())
    torch.testing.assert_close(one, other, rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_gradient_of_a_plain_sum_is_that_of_a_sum_with_ones(layout: str) -> None:
    """The first is one number expanded, which is no dense tensor."""
    experts = mlp_experts(E, 3, 8, 3)
    x, kept = random_tokens(T, 3).requires_grad_(), CHOICES[f"2 of {E} experts each"]
    output = through(LAYOUTS[layout](x, kept), experts, kept.float())
    (one,) = torch.autograd.grad(output.sum(), x, retain_graph=True)
    (other,) = torch.autograd.grad(output, x, torch.ones(T, 3))
    torch.testing.assert_close(one, other)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_experts_learn_the_same_from_tokens_that_need_no_gradient(layout: str) -> None:
    experts = mlp_experts(E, 3, 8, 2)
    x, kept = random_tokens(T, 3), CHOICES[f"2 of {E} experts each"]
    direction = random_tokens(T, 2, seed=4)
    outputs = (
        through(LAYOUTS[layout](tokens, kept), experts, kept.float()) for tokens in (x, x.clone().requires_grad_())
    )
    one, other = (torch.autograd.grad(output, [*experts.parameters()], direction) for output in outputs)
    assert all(map(torch.equal, one, other))


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("kind", KINDS)
def test_the_order_of_experts_does_not_matter(kind: str, layout: str) -> None:
    """Experts and the columns that speak of them, in another order, give the same output."""
    experts, kept = experts_of(kind, d_model=3, d_out=2), CHOICES["more for some tokens than for others"]
    x, gates, order = random_tokens(T, 3), random_tokens(T, E, seed=3) * kept, torch.tensor([3, 0, 4, 1, 2])
    before = through(LAYOUTS[layout](x, kept), experts, gates)
    with torch.no_grad():
        for parameter in experts.parameters():
            parameter.copy_(parameter[order])
    after = through(LAYOUTS[layout](x, kept[:, order]), experts, gates[:, order])
    torch.testing.assert_close(after, before, rtol=1e-5, atol=1e-6)


def test_grouped_rows_grow_with_k_and_batched_rows_with_the_number_of_experts() -> None:
    x = random_tokens(T, 4)
    for k in range(1, E + 1):
        assert sum(map(len, GroupedTokens.chosen(x, CHOICES[f"{k} of {E} experts each"]).values)) == k * T
    assert BatchedTokens.everywhere(x, E).values.shape[:2] == (E, T)


def test_a_group_holds_the_tokens_of_its_expert() -> None:
    """Tokens 0, 1, 2 ask experts 1, 0, 1: the groups are token 1, and tokens 0 and 2."""
    x = random_tokens(3, 4)
    kept = torch.tensor([[False, True], [True, False], [False, True]])
    grouped = GroupedTokens.chosen(x, kept)
    assert grouped.pairs.token.tolist() == [1, 0, 2]
    assert grouped.pairs.expert.tolist() == [0, 1, 1]
    assert grouped.sizes == [[1, 2]]
    assert torch.equal(torch.cat(grouped.values), x[[1, 0, 2]])


def test_blocks_hold_small_groups_together_and_a_large_one_alone() -> None:
    sizes = [ROWS_TOGETHER - 1, 1, 1, 0, ROWS_TOGETHER + 1, 0, 2]
    assert in_blocks(sizes) == [[ROWS_TOGETHER - 1, 1], [1, 0], [ROWS_TOGETHER + 1], [0, 2]]


def test_several_blocks_give_the_answer_and_the_gradients_of_one(monkeypatch: pytest.MonkeyPatch) -> None:
    experts, kept = mlp_experts(E, 3, 8, 2), CHOICES["more for some tokens than for others"]
    x, direction = random_tokens(T, 3).requires_grad_(), random_tokens(T, 2, seed=4)
    found = []
    for rows_together, num_blocks in ((1, E), (12, 3), (10**6, 1)):
        monkeypatch.setattr(dispatch, "ROWS_TOGETHER", rows_together)
        tokens = GroupedTokens.chosen(x, kept)
        assert len(tokens.values) == num_blocks
        output = through(tokens, experts, kept.float())
        found.append([output, *torch.autograd.grad(output, [x, *experts.parameters()], direction)])
    for one, other, another in zip(*found, strict=True):
        torch.testing.assert_close(one, other)
        torch.testing.assert_close(one, another)


@pytest.mark.parametrize("kept", CHOICES.values(), ids=CHOICES.keys())
def test_torchs_grouped_product_gives_the_answer_and_the_gradients_of_the_loop(
    kept: Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Experts with no token at all among them, whose gradient is zero."""
    sizes = {"num_experts": E, "d_model": 8, "d_out": 4, "d_hidden": 6}
    experts = GatedExperts(**sizes, generator=Generator().manual_seed(0))
    x, direction = random_tokens(T, 8).requires_grad_(), random_tokens(T, 4, seed=4)
    product = Mock(wraps=functional.grouped_mm)
    monkeypatch.setattr(functional, "grouped_mm", product)
    found = []
    for takes in (torch_groups, lambda weight: False):
        monkeypatch.setattr(dispatch, "torch_groups", takes)
        output = through(GroupedTokens.chosen(x, kept), experts, kept.float())
        found.append([output, *torch.autograd.grad(output, [x, *experts.parameters()], direction)])
    assert product.call_count == 1  # w_out has rows of 6, which are no whole 16 bytes, and goes through the loop.
    for one, other in zip(*found, strict=True):
        torch.testing.assert_close(one, other)
    for gradient in found[0][2:]:
        assert not gradient[~kept.any(0)].any()


def test_torchs_grouped_product_is_asked_for_what_it_takes() -> None:
    assert torch_groups(torch.zeros(E, 8, 4))
    assert torch_groups(torch.zeros(E, 4, 8).mT)
    assert not torch_groups(torch.zeros(E, 8, 6))
    assert not torch_groups(torch.zeros(E, 6, 8))
    assert not torch_groups(torch.zeros(E, 8, 8, dtype=torch.float64))
    assert not torch_groups(torch.zeros(E, 8, 8, device="meta"))
