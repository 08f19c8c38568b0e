"""Every number that a run can measure has a name, a meaning and its untrained value beside it."""

import pytest

from moe_core.config import RunConfig
from moe_core.trainer import Trainer
from server.protocol import Answer
from ui.measure import groups, table

TASKS = ("rules", "moons", "digits", "piecewise")


@pytest.mark.parametrize("task", TASKS)
def test_every_metric_stands_in_one_group(task):
    config = RunConfig.from_settings({"task": task})
    metrics = Trainer(config).measure()
    named = [name for group in groups(config.task.shape.regression).values() for name in group]
    assert set(metrics) <= set(named)
    assert len(set(named)) == len(named)


def test_no_name_stands_for_nothing():
    measured = {name for task in TASKS for name in Trainer(RunConfig.from_settings({"task": task})).measure()}
    assert {name for group in groups(regression=False).values() for name in group} == measured


def test_the_score_is_named_by_the_task():
    labels = [
        group["test_score"].label for kind in (False, True) for group in groups(kind).values() if "test_score" in group
    ]
    assert labels == ["Accuracy", "Variance explained"]


def test_the_untrained_value_stands_beside_and_what_was_not_measured_is_left_out():
    answer = Answer(
        step=20, metrics={"test_score": 0.9871, "test_loss": None}, untrained={"test_score": 0.5, "test_loss": 0.7}
    )
    (first, *_) = groups(regression=False).values()
    lines = table("Answers", first, answer).splitlines()
    assert lines[0] == "| Answers | step 20 | step 0 | |"
    assert [line.split(" | ")[:3] for line in lines[2:]] == [
        ["| Accuracy", "98.7%", "50.0%"],
        ["| Loss", "not finite", "0.700"],
    ]
