"""How much of a routing changed: by hand, and its symmetries."""

import math

import pytest
import torch
from torch import Tensor

from moe_core.metrics import churn
from tests.moe_core.metrics.cases import SEEDS, permutation, random_assigned


def chosen(*experts: list[int], num_experts: int) -> Tensor:
    """Each token's experts by number, to (T, E)."""
    assigned = torch.zeros(len(experts), num_experts, dtype=torch.bool)
    for token, numbers in enumerate(experts):
        assigned[token, numbers] = True
    return assigned


def test_with_one_expert_a_token_it_is_the_share_of_the_tokens_that_moved() -> None:
    before = chosen([0], [1], [2], [0], num_experts=3)
    after = chosen([0], [2], [2], [1], num_experts=3)
    assert churn(before, after) == 0.5


def test_with_two_experts_a_token_half_a_change_counts_half() -> None:
    """One of four assignments has changed."""
    before = chosen([0, 1], [1, 2], num_experts=3)
    after = chosen([0, 2], [1, 2], num_experts=3)
    assert churn(before, after) == 0.25


def test_with_another_number_of_experts_a_token() -> None:
    """From two assignments to four that keep both: 1 - 2 x 2 / (2 + 4)."""
    before = chosen([0], [1], num_experts=3)
    after = chosen([0, 2], [1, 2], num_experts=3)
    assert churn(before, after) == pytest.approx(1 / 3)
    assert churn(after, before) == pytest.approx(1 / 3)


def test_an_added_expert_changes_what_it_takes() -> None:
    """Four tokens; the new expert 2 takes one of them."""
    before = chosen([0], [1], [1], [0], num_experts=2)
    after = chosen([0], [1], [2], [0], num_experts=3)
    assert churn(before, after) == churn(after, before) == 0.25


def test_an_added_expert_that_nobody_chooses_changes_nothing() -> None:
    before = random_assigned(30, 4, 2, seed=0)
    after = torch.cat([before, torch.zeros(30, 2, dtype=torch.bool)], dim=1)
    assert churn(before, after) == 0.0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("k", "k_after"), [(1, 1), (2, 2), (1, 3)])
def test_it_is_symmetric_within_its_range_and_free_of_any_order(k: int, k_after: int, seed: int) -> None:
    before, after = random_assigned(40, 6, k, seed), random_assigned(40, 6, k_after, seed + 100)
    changed = churn(before, after)
    assert 0 <= changed <= 1
    assert churn(after, before) == changed
    assert churn(before, before) == 0.0
    assert churn(before, ~before) == 1.0
    tokens, experts = permutation(40, seed), permutation(6, seed)
    assert churn(before[tokens][:, experts], after[tokens][:, experts]) == changed


def test_where_nothing_was_assigned_no_share_is_made_up() -> None:
    nothing = torch.zeros(3, 2, dtype=torch.bool)
    assert math.isnan(churn(nothing, nothing))


def test_other_tokens_are_refused() -> None:
    with pytest.raises(ValueError, match="before has 3 tokens and after 4"):
        churn(random_assigned(3, 2, 1, seed=0), random_assigned(4, 2, 1, seed=0))
