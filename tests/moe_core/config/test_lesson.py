"""Every lesson holds together: its experiment, its question, and what was measured of it."""

import pytest
from pydantic import ValidationError

from moe_core.config import ConfigError
from moe_core.config.lesson import NAMES, OPENING, Lesson, load, measured
from moe_core.history import History
from server.transport import STEPS_PER_SECOND
from ui.metric_table import groups

EVERY = pytest.mark.parametrize("name", NAMES)

GOOD = {
    "preset": "collapse",
    "members": [{"balance_coefficient": 1.0}],
    "controls": ["balance_coefficient"],
    "question": {"column": "effective_experts", "step": 10, "choices": [[1, 2], [2, 4], [4, 8]]},
}


@pytest.mark.parametrize("name", [*NAMES, OPENING])
def test_what_is_asked_can_be_read_from_the_curves_or_is_a_metric(name: str) -> None:
    question = load(name).question
    metrics = {metric for group in groups(regression=False).values() for metric in group}
    assert question.column in History.COLUMNS or question.metric in metrics
    assert question.step % 10 == 0, "curves have a row each ten steps"


@EVERY
def test_choices_lie_side_by_side_and_what_was_measured_is_in_one_of_them(name: str) -> None:
    choices, found = load(name).question.choices, measured(name)
    assert found is not None
    assert all(low < high for low, high in choices)
    assert [low for low, _ in choices[1:]] == [high for _, high in choices[:-1]]
    assert sum(low <= found.low and found.high <= high for low, high in choices) == 1


@EVERY
def test_the_answer_comes_within_fifteen_seconds_at_the_pace_that_a_run_opens_with(name: str) -> None:
    assert load(name).question.step / STEPS_PER_SECOND["2"] <= 15


@EVERY
def test_members_differ_and_controls_act_while_it_trains(name: str) -> None:
    lesson = load(name)
    assert len(set(map(str, lesson.configs))) == len(lesson.configs)
    for tried in lesson.tries.values():
        assert tried.preset or tried.settings or tried.revive or lesson.cures
        if tried.preset is None:
            assert not lesson.config.merge(tried.settings)[1]


def test_a_cure_is_given_alone_and_a_run_is_not_given_what_it_does_not_have() -> None:
    lesson = load("collapse")
    jittered = {"balance_coefficient": 0.0, "bias_rate": 0.0, "input_jitter": 1.0}
    assert lesson.given("jitter", lesson.config) == jittered
    assert lesson.given("remove", lesson.config) == jittered | {"input_jitter": 0.0}
    on_digits = lesson.tries["digits"].configs[0]
    assert lesson.given("loss", on_digits) == {"balance_coefficient": 1.0, "input_jitter": 0.0}


def test_a_lesson_that_does_not_exist_is_refused_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match="lesson = collaps was refused: no such lesson; did you mean collapse"):
        load("collaps")


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"question": GOOD["question"] | {"member": 2}}, "there are 2 members"),  # type: ignore[operator]
        ({"controls": ["bias_rate"]}, "controls: the experiment has no bias_rate"),
        ({"cures": ["bias_rate"]}, "cures: the experiment has no bias_rate"),
        ({"colour": "red"}, "Extra inputs"),
        ({"question": {"step": 10}}, "about a column or about a metric"),
        ({"question": GOOD["question"] | {"metric": "test_loss"}}, "names one of the two"),  # type: ignore[operator]
        ({"settings": {"num_experts": 0}}, "num_experts = 0 was refused"),
    ],
)
def test_a_file_that_does_not_hold_together_is_refused(wrong: dict[str, object], said: str) -> None:
    assert Lesson.model_validate(GOOD).question.step == 10
    with pytest.raises(ValidationError, match=said):
        Lesson.model_validate(GOOD | wrong)
