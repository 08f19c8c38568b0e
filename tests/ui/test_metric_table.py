"""Every number that a run can measure has a name, a meaning and its untrained value beside it."""

import math
import re

import pytest

from moe_core.config import RunConfig
from moe_core.trainer import Trainer
from server.question import Answer
from ui.metric_table import DASH, NO_CHOICE, groups, is_regression, metrics_csv, tables

TASKS = ("rules", "moons", "digits", "piecewise")

ANSWER = Answer(
    step=20,
    metrics={"test_score": 0.9871, "test_loss": None},
    untrained={"test_score": 0.5, "test_loss": 0.7},
    expert_class=[[1.0]],
)


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
    assert not is_regression(ANSWER)
    assert "Variance explained" in tables(ANSWER.model_copy(update={"expert_class": None}))


def test_the_untrained_value_stands_beside_and_what_was_not_measured_is_left_out():
    (table,) = re.findall("<table.*?</table>", tables(ANSWER))
    assert re.findall('<th scope="col">(.*?)</th>', table) == ["How good the answers are", "step 20", "step 0"]
    assert re.findall("<summary>(.*?)</summary>", table) == ["Accuracy", "Loss"]
    assert re.findall("<td>(.*?)</td>", table) == ["98.7%", "50.0%", "\N{EN DASH}", "0.700"]


def test_the_file_has_the_numbers_in_full_by_their_own_names():
    assert metrics_csv(ANSWER) == "metric,step 20,step 0\ntest_score,0.9871,0.5\ntest_loss,,0.7\n"


def test_what_no_choice_can_be_measured_by_is_a_dash_whose_meaning_says_why():
    config = RunConfig.from_settings({"task": "rules", "router": "dense", "balancer": "none"})
    numbers = Trainer(config).measure()
    unknown = {name for name, value in numbers.items() if math.isnan(value)}
    metrics = {name: None if name in unknown else value for name, value in numbers.items()}
    told = tables(Answer(step=0, metrics=metrics, untrained=metrics, expert_class=[[1.0]]))
    for group in groups(regression=False).values():
        for name, row in group.items():
            assert (NO_CHOICE in row.meaning) == (name in unknown)
            assert f"{row.meaning.replace(chr(39), '&#x27;')}" in told
    assert told.count(f"<td>{DASH}</td>") == 2 * len(unknown) == 2 * 9
