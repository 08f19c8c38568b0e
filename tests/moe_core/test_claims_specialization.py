"""What the lesson of specialization teaches, over five seeds: if a claim does not hold, the lesson is wrong."""

import pytest

from moe_core.config import RunConfig, presets
from moe_core.config.lesson import Lesson, load
from moe_core.questions import who_suffers
from moe_core.trainer import Trainer
from tests.moe_core.cases import train

pytestmark = pytest.mark.slow

every_seed = pytest.mark.parametrize("seed", [0, 1, 2, 3, 4])


@pytest.fixture(scope="module")
def lesson() -> Lesson:
    return load("specialization")


def of_seed(config: RunConfig, seed: int) -> Trainer:
    config, problems = config.merge({"seed": seed})
    assert not problems
    return Trainer(config)


@every_seed
def test_experts_become_better_on_their_own_inputs_and_one_disc_misses_each(lesson: Lesson, seed: int) -> None:
    """Own minus others at the step that is asked about; who suffers on average over the experts, at step 1000."""
    run = of_seed(lesson.config, seed)
    assert abs(run.initial_metrics["own_minus_others"]) < 0.15
    assert run.initial_metrics["expert_cluster_nmi"] > 0.6, "a region is not a specialty"
    assert train(run, lesson.question.step).measure()["own_minus_others"] > lesson.question.choices[-1][0]
    falls = who_suffers(train(run, 1000 - lesson.question.step))["cluster"]
    most = falls.amax(1)
    assert most.mean() > 0.25
    assert (falls.sum(1) - most).mean() / 7 < 0.05


@every_seed
def test_without_the_balance_loss_they_stay_specialists(lesson: Lesson, seed: int) -> None:
    run = train(of_seed(lesson.config, seed), 1000)
    for setting, value in lesson.tries["alone"].settings.items():
        run.do(setting, value)
    metrics = train(run, 500).measure()
    assert metrics["own_minus_others"] > 0.4
    assert metrics["effective_experts"] > 6.0


@every_seed
def test_two_experts_asked_are_as_good_and_less_special(lesson: Lesson, seed: int) -> None:
    metrics = train(of_seed(lesson.tries["two"].configs[1], seed), 1000).measure()
    assert metrics["own_minus_others"] < 0.32
    assert metrics["test_score"] > 0.94


@every_seed
def test_on_digits_an_expert_is_special_and_its_digits_are_not_ours(lesson: Lesson, seed: int) -> None:
    preset = lesson.tries["digits"].preset
    assert preset is not None
    metrics = train(of_seed(presets.load(preset).config, seed), 500).measure()
    assert metrics["own_minus_others"] > 0.65
    assert metrics["expert_class_purity"] < 0.75
