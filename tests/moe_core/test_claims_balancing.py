"""What the lesson of load balancing teaches, over five seeds: if a claim does not hold, the lesson is wrong.

Thresholds are outside of what was measured over seeds 0 to 19, which assets/lessons/measured/balancing.toml holds.
"""

import pytest

from benchmarks.lesson_balancing import of_seed
from moe_core.config.lesson import Lesson, load

pytestmark = pytest.mark.slow

SEEDS = (0, 1, 2, 3, 4)


@pytest.fixture(scope="module", params=SEEDS)
def found(request: pytest.FixtureRequest) -> dict[str, dict[str, float]]:
    """All that the lesson measures of one seed, by what it is about; the four coefficients by their values."""
    lesson: Lesson = load("balancing")
    parts = of_seed(lesson, request.param)
    names = [f"{config.settings()['balance_coefficient']:g}" for config in lesson.configs]
    return {**dict(zip(names, parts["members"], strict=True)), **parts["pair"], **parts}


def test_a_hundredth_is_too_weak_a_tenth_holds_some_and_one_holds_all(found: dict[str, dict[str, float]]) -> None:
    assert found["0.01"]["experts"] < 3.0
    assert 3.0 < found["0.1"]["experts"] < 7.0
    assert found["1"]["experts"] > 7.0


def test_an_even_load_costs_accuracy_here(found: dict[str, dict[str, float]]) -> None:
    assert found["0"]["experts"] < 1.5
    assert found["0"]["score"] > found["1"]["score"] + 0.005


def test_curing_takes_at_least_four_times_as_many_steps_as_preventing(found: dict[str, dict[str, float]]) -> None:
    assert found["prevented"]["steps"] <= 20
    assert found["late"]["steps"] >= 4 * found["prevented"]["steps"]
    assert found["late"]["end"] > 7.0


def test_balance_is_not_specialisation(found: dict[str, dict[str, float]]) -> None:
    """As even a load, and the agreement of expert and digit (NMI) is 0.3 apart."""
    assert found["renormalised"]["experts"] >= 7.0
    assert found["switch"]["experts"] >= 7.0
    assert found["switch"]["nmi"] - found["renormalised"]["nmi"] >= 0.3


def test_the_pulls_cancel_at_one_working_expert_too(found: dict[str, dict[str, float]]) -> None:
    """A cosine near -1 is no sign of an even load."""
    assert found["0.01"]["cosine"] < -0.95
