"""The spread of the load against cases computed by hand, its ranges, and what leaves it unchanged."""

import math

import pytest
import torch

from moe_core.metrics import (
    cv_squared,
    dead_experts,
    dead_fraction,
    dropped_fraction,
    effective_experts,
    load_entropy,
    max_violation,
)
from tests.moe_core.metrics.cases import SEEDS, permutation, random_assigned, seeded


@pytest.mark.parametrize(
    ("load", "effective"),
    [
        ([1.0, 0.0, 0.0, 0.0], 1.0),
        ([0.25, 0.25, 0.25, 0.25], 4.0),
        ([0.5, 0.5, 0.0, 0.0], 2.0),
        # H = ln(2)/2 + 2 ln(4)/4 = 1.5 ln 2, and exp(1.5 ln 2) = 2 sqrt 2.
        ([0.5, 0.25, 0.25, 0.0], 2 * math.sqrt(2)),
    ],
)
def test_effective_experts_are_the_perplexity_of_the_load(load: list[float], effective: float) -> None:
    assert effective_experts(torch.tensor(load)) == pytest.approx(effective)
    assert load_entropy(torch.tensor(load)) == pytest.approx(math.log(effective))


@pytest.mark.parametrize(
    ("load", "violation"),
    [([0.25, 0.25, 0.25, 0.25], 0.0), ([0.5, 0.25, 0.25, 0.0], 1.0), ([0.0, 1.0, 0.0, 0.0], 3.0)],
)
def test_max_violation(load: list[float], violation: float) -> None:
    assert max_violation(torch.tensor(load)) == pytest.approx(violation)


def test_max_violation_ends_at_e_over_k_minus_one() -> None:
    """Every token chooses the same two of six experts, so that each has half of the assignments: 6/2 - 1."""
    assigned = torch.tensor([[True, True, False, False, False, False]]).repeat(7, 1)
    assert max_violation(assigned.sum(0) / assigned.sum()) == pytest.approx(2.0)


def test_cv_squared_divides_by_the_number_of_experts() -> None:
    """1, 2, 3, 4: the mean is 2.5 and the squared distances sum to 5: (5/4) / 6.25, and (5/3) / 6.25 with E - 1."""
    values = torch.tensor([1.0, 2.0, 3.0, 4.0])
    assert float(cv_squared(values)) == pytest.approx(0.2)
    assert float(values.var() / values.mean() ** 2) == pytest.approx(0.2667, abs=1e-4)


@pytest.mark.parametrize(
    ("values", "expected"),
    [([3.0, 3.0, 3.0], 0.0), ([0.0, 8.0, 0.0, 0.0], 3.0), ([5.0], 0.0), ([0.0, 0.0], 0.0)],
    ids=["all equal", "one has everything", "one expert", "nothing at all"],
)
def test_cv_squared_at_its_ends(values: list[float], expected: float) -> None:
    assert float(cv_squared(torch.tensor(values))) == pytest.approx(expected)


def test_cv_squared_of_shares_is_that_of_counts() -> None:
    counts = torch.tensor([7.0, 0.0, 12.0, 1.0])
    torch.testing.assert_close(cv_squared(counts / counts.sum()), cv_squared(counts))


def test_the_gradient_of_cv_squared_pulls_the_busy_down_and_the_idle_up() -> None:
    """At 1, 3: CV^2 = Var / mean^2 = 1 / 4. By the quotient rule dVar = (v - mean), d(mean^2) = 2 mean / E = 2:
    (-1 x 4 - 1 x 2) / 16 and (1 x 4 - 1 x 2) / 16."""
    values = torch.tensor([1.0, 3.0], requires_grad=True)
    (gradient,) = torch.autograd.grad(cv_squared(values), values)
    torch.testing.assert_close(gradient, torch.tensor([-6 / 16, 2 / 16]))


def test_an_expert_is_dead_under_a_tenth_of_its_fair_share() -> None:
    """With four experts the fair share is 0.25, so the line is 0.025."""
    load = torch.tensor([0.024, 0.026, 0.0, 0.95])
    assert dead_experts(load).tolist() == [True, False, True, False]
    assert dead_fraction(load) == 0.5
    assert dead_experts(torch.tensor([0.025, 0.1, 0.4, 0.475])).tolist() == [False] * 4, (
        "the line itself is not under it"
    )


def test_dropped_assignments_are_counted_and_not_tokens() -> None:
    """Five assignments of three tokens; the first token loses one of two and the last its only one: 2/5."""
    assigned = torch.tensor([[True, True], [True, True], [False, True]])
    kept = torch.tensor([[True, False], [True, True], [False, False]])
    assert dropped_fraction(assigned, kept) == pytest.approx(0.4)
    assert dropped_fraction(assigned, assigned) == 0.0
    assert dropped_fraction(assigned, torch.zeros_like(assigned)) == 1.0


def test_where_nothing_was_assigned_no_share_is_made_up() -> None:
    nothing = torch.zeros(3, 2, dtype=torch.bool)
    assert math.isnan(dropped_fraction(nothing, nothing))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize(("num_experts", "k"), [(1, 1), (5, 1), (8, 3)])
def test_ranges_hold_and_the_numbering_of_the_experts_does_not_matter(num_experts: int, k: int, seed: int) -> None:
    assigned = random_assigned(40, num_experts, k, seed)
    # Some experts are avoided, so that loads are far from equal.
    assigned &= torch.rand(num_experts, generator=seeded(seed)) < torch.rand(40, 1, generator=seeded(seed + 1))
    assigned[0, 0] = True
    load = assigned.sum(0) / assigned.sum()

    assert -1e-6 <= load_entropy(load) <= math.log(num_experts) + 1e-6
    assert 1 - 1e-6 <= effective_experts(load) <= num_experts + 1e-5
    assert -1e-6 <= float(cv_squared(load)) <= num_experts - 1 + 1e-5
    assert -1e-6 <= max_violation(load) <= num_experts - 1 + 1e-5
    assert 0 <= dead_fraction(load) <= (num_experts - 1) / num_experts

    order = permutation(num_experts, seed)
    assert torch.equal(dead_experts(load[order]), dead_experts(load)[order])
    for metric in (load_entropy, effective_experts, cv_squared, max_violation, dead_fraction):
        assert float(metric(load[order])) == pytest.approx(float(metric(load)), abs=1e-6)


@pytest.mark.parametrize("seed", SEEDS)
def test_the_order_of_tokens_and_experts_does_not_change_what_was_dropped(seed: int) -> None:
    assigned = random_assigned(30, 6, 2, seed)
    kept = assigned & (torch.rand(30, 6, generator=seeded(seed)) < 0.7)
    tokens, experts = permutation(30, seed), permutation(6, seed)
    dropped = dropped_fraction(assigned, kept)
    assert 0 <= dropped <= 1
    assert dropped_fraction(assigned[tokens][:, experts], kept[tokens][:, experts]) == pytest.approx(dropped)
