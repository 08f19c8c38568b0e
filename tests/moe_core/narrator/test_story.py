"""A story refuses what does not fit together."""

import numpy as np
import pytest

from moe_core.narrator import Story

STEPS = np.array([0, 10, 20])
LOAD = np.full((3, 4), 0.25)


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        ({"steps": np.array([0, 10, 10])}, "^steps must be one row of increasing numbers"),
        ({"steps": np.zeros((3, 1))}, "^steps must be one row of increasing numbers"),
        ({"load": LOAD[:2]}, "^load has shape"),
        ({"load": LOAD[:, 0]}, "^load has shape"),
        ({"load": LOAD[:, :0]}, "^load has shape"),
        ({"series": {"test_loss": np.zeros(2)}}, "^test_loss has shape"),
        ({"score_name": "accurracy"}, "^score_name = accurracy was refused: it is accuracy or variance explained"),
    ],
    ids=lambda part: str(part)[:30],
)
def test_what_does_not_fit_is_refused_in_a_sentence(wrong: dict[str, object], words: str) -> None:
    fitting: dict[str, object] = {"steps": STEPS, "load": LOAD, "series": {}}
    with pytest.raises(ValueError, match=words):
        Story(**(fitting | wrong))  # type: ignore[arg-type]


def test_a_curve_is_unknown_where_it_is_absent_or_not_finite() -> None:
    story = Story(STEPS, LOAD, {"test_loss": np.array([1.0, np.inf, 0.5], dtype=np.float32)})
    assert np.array_equal(story.curve("test_loss"), [1.0, np.nan, 0.5], equal_nan=True)
    assert np.isnan(story.curve("train_loss")).all()


def test_experts_that_are_there_are_counted() -> None:
    load = LOAD.copy()
    load[0, 2:] = np.nan
    assert Story(STEPS, load, {}).existing.tolist() == [2, 4, 4]
