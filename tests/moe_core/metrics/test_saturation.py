"""Router saturation by hand, by its equation, and by chance."""

import math

import pytest
import torch
from torch import Tensor

from moe_core.metrics import router_saturation
from tests.moe_core.cases import random_tokens


def best(scores: Tensor, k: int) -> Tensor:
    """The k highest of each row, as bool."""
    return torch.zeros_like(scores, dtype=torch.bool).scatter(-1, scores.topk(k).indices, True)


def test_by_hand() -> None:
    """The first token has kept one of its two experts, the second both: (1/2 + 1) / 2."""
    then = torch.tensor([[True, True, False], [False, True, True]])
    now = torch.tensor([[True, False, True], [False, True, True]])
    assert router_saturation(then, now) == pytest.approx(0.75)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_it_is_eq_5_and_one_minus_the_share_that_changed_where_every_token_has_k(k: int) -> None:
    then, now = best(random_tokens(50, 5), k), best(random_tokens(50, 5, seed=3), k)
    shared = [
        len({*a.nonzero().flatten().tolist()} & {*b.nonzero().flatten().tolist()}) / k
        for a, b in zip(then, now, strict=True)
    ]
    assert router_saturation(then, now) == pytest.approx(sum(shared) / 50)
    assert router_saturation(then, now) == pytest.approx(1 - float((then & ~now).sum()) / (50 * k))
    assert router_saturation(now, now) == 1.0


@pytest.mark.parametrize(("k", "num_experts"), [(1, 8), (2, 8), (4, 8), (8, 8)])
def test_by_chance_it_is_k_over_the_number_of_experts(k: int, num_experts: int) -> None:
    """Two routers that choose at random are not at 0."""
    then, now = (best(random_tokens(20_000, num_experts, seed=seed), k) for seed in (4, 5))
    assert router_saturation(then, now) == pytest.approx(k / num_experts, abs=0.01)


def test_it_asks_what_is_there_now_of_a_router_whose_number_of_experts_varies() -> None:
    """It had three and has one of them: fully saturated. The other way round only a third of what it has was there."""
    many, one = torch.tensor([[True, True, True]]), torch.tensor([[False, True, False]])
    assert router_saturation(many, one) == 1.0
    assert router_saturation(one, many) == pytest.approx(1 / 3)


def test_an_expert_that_was_added_was_chosen_by_nobody_before() -> None:
    then, now = torch.tensor([[True, False]]), torch.tensor([[True, False, True]])
    assert router_saturation(then, now) == pytest.approx(1 / 2)


def test_tokens_without_an_expert_are_left_out() -> None:
    then = torch.tensor([[True, False], [True, False]])
    assert router_saturation(then, torch.tensor([[True, False], [False, False]])) == 1.0
    assert math.isnan(router_saturation(then, torch.zeros(2, 2, dtype=torch.bool)))


def test_other_tokens_are_refused() -> None:
    with pytest.raises(ValueError, match="then has 2 tokens and now 1; they must be the same"):
        router_saturation(torch.ones(2, 3, dtype=torch.bool), torch.ones(1, 3, dtype=torch.bool))
