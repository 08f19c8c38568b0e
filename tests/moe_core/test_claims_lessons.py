"""What lessons teach, over five seeds: if a claim does not hold, the lesson is wrong."""

import pytest

from moe_core.config import RunConfig
from moe_core.config.lesson import Lesson, load
from moe_core.spells import collapse_onset
from moe_core.trainer import Trainer
from tests.moe_core.cases import train

pytestmark = pytest.mark.slow

SEEDS = (0, 1, 2, 3, 4)

every_seed = pytest.mark.parametrize("seed", SEEDS)


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return load("collapse")


def trained(config: RunConfig, seed: int, num_steps: int) -> Trainer:
    config, problems = config.merge({"seed": seed})
    assert not problems
    return train(Trainer(config), num_steps)


@every_seed
def test_collapse_leaves_under_three_and_a_half_experts_and_its_twin_keeps_over_six(lesson: Lesson, seed: int) -> None:
    """At the step that is asked about; by the rule it has collapsed, which is known 200 steps after the onset."""
    alone, balanced = (trained(config, seed, lesson.question.step) for config in lesson.configs)
    assert alone.initial_metrics["effective_experts"] > 6.5
    left, right = alone.evaluate(), balanced.evaluate()
    assert left.effective_experts < 3.5
    assert right.effective_experts > 6.0
    assert left.test_score > 0.9
    assert collapse_onset(alone.history.column("step"), alone.history.loads()) is not None
    assert collapse_onset(balanced.history.column("step"), balanced.history.loads()) is None
