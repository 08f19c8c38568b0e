"""The words of a lesson that are data: its title, what is asked before the run, its variations, and its questions.

Prose stands in the page itself. There is a file for each lesson and language; now there is English.
"""

import tomllib
from functools import cache

from pydantic import BaseModel, ConfigDict

from moe_core.config.lesson import FOLDER

LANGUAGE = "en"


class Words(BaseModel):
    """Words from a data file, all of whose fields are known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class QuestionWords(Words):
    """text: what is asked. choices: three answers. reveal: what is said after the run; None for what is usual."""

    text: str
    choices: tuple[str, str, str]
    reveal: str | None = None


class TryWords(Words):
    """label: on the button. told: what to look for, beside it."""

    label: str
    told: str


class AnswerWords(Words):
    """text: an answer that can be chosen. reply: what is then said to it. right: whether it is right."""

    text: str
    reply: str
    right: bool = False


class CheckWords(Words):
    """A question after the run, with one right answer. The others are what people really believe."""

    text: str
    answers: tuple[AnswerWords, ...]


class LessonWords(Words):
    """title, and one sentence for lists; the rest as above."""

    title: str
    sentence: str
    question: QuestionWords
    tries: dict[str, TryWords] = {}
    checks: tuple[CheckWords, ...] = ()


@cache
def words_of(lesson: str) -> LessonWords:
    """The words of one lesson."""
    text = (FOLDER / LANGUAGE / f"{lesson}.toml").read_text(encoding="utf-8")
    return LessonWords.model_validate(tomllib.loads(text))
