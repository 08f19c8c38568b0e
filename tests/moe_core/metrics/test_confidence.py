"""The router's certainty against cases computed by hand, its ranges, and its distance from the load's entropy."""

import math

import pytest
import torch

from moe_core.metrics import load_entropy, router_entropy, router_margin
from tests.moe_core.metrics.cases import SEEDS, permutation, random_probs


def test_router_entropy_is_the_mean_over_tokens() -> None:
    """ln 2 for the tie, 0 for the certain token, and 1.5 ln 2 for (1/2, 1/4, 1/4)."""
    probs = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [0.5, 0.25, 0.25]])
    assert router_entropy(probs) == pytest.approx((1 + 0 + 1.5) * math.log(2) / 3)


def test_router_margin_is_the_mean_lead_over_the_next() -> None:
    """0 for the tie, 1 for the certain token, and 0.5 - 0.3."""
    probs = torch.tensor([[0.5, 0.5, 0.0], [0.0, 0.0, 1.0], [0.3, 0.2, 0.5]])
    assert router_margin(probs) == pytest.approx((0 + 1 + 0.2) / 3)


def test_a_lone_expert_is_chosen_with_certainty() -> None:
    assert router_margin(torch.ones(4, 1)) == 1.0
    assert router_entropy(torch.ones(4, 1)) == 0.0


def test_router_entropy_is_not_the_entropy_of_the_load() -> None:
    """Sure of each token with the tokens spread evenly, and unsure of each with all of them on one expert."""
    sure = torch.eye(4)
    assert router_entropy(sure) == 0.0
    assert load_entropy(sure.mean(0)) == pytest.approx(math.log(4))

    unsure = torch.tensor([[0.26, 0.25, 0.25, 0.24]]).repeat(4, 1)
    assigned = unsure == unsure.amax(1, keepdim=True)
    assert router_entropy(unsure) > 0.99 * math.log(4)
    assert load_entropy(assigned.sum(0) / assigned.sum()) == 0.0


def test_probabilities_in_the_midst_of_training_may_be_looked_at() -> None:
    """They have a gradient, which a plain number leaves behind."""
    probs = torch.tensor([[0.75, 0.25]], requires_grad=True)
    assert router_margin(probs) == 0.5
    assert router_entropy(probs) > 0


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("num_experts", [1, 2, 7])
def test_ranges_hold_and_no_order_matters(num_experts: int, seed: int) -> None:
    probs = random_probs(50, num_experts, seed)
    shuffled = probs[permutation(50, seed)][:, permutation(num_experts, seed)]
    assert 0 <= router_entropy(probs) <= math.log(num_experts) + 1e-6
    assert 0 <= router_margin(probs) <= 1
    assert router_entropy(shuffled) == pytest.approx(router_entropy(probs), abs=1e-6)
    assert router_margin(shuffled) == pytest.approx(router_margin(probs), abs=1e-6)
