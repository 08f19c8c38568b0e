"""What the live view asks before a run, as the browser gets it: the words, the ranges, and what was measured."""

from typing import Any

from moe_core.config import lesson
from ui.lesson_words import words_of


def question_of(name: str) -> dict[str, Any]:
    """The question of a lesson, or of Home.

    A choice without a range leaves no mark on a curve, and no range over seeds answers it.
    """
    asked, words, measured = lesson.load(name).question, words_of(name).question, lesson.measured(name)
    ranges = asked.choices or [None] * len(words.choices)
    return {
        "text": words.text,
        "choices": [{"label": label, "range": range_} for label, range_ in zip(words.choices, ranges, strict=True)],
        "reveal": words.reveal,
        "column": asked.column,
        "metric": asked.metric,
        "member": asked.member,
        "step": asked.step,
        "measured": measured.model_dump(include={"seeds", "low", "high"}) if measured and asked.choices else None,
    }
