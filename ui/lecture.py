"""The lecturer's kit: paths of beats, each with a link to what is shown and the numbers that were measured of it.

The words are data (assets/teach). The links are built from the lessons' own experiments, and the numbers are read from
what was measured over many seeds, so that neither goes stale.
"""

import tomllib
from functools import cache
from html import escape
from itertools import accumulate
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import Field

from ui.lesson import LessonPage
from ui.lesson_words import Words
from ui.number_table import lowest_to_highest
from ui.view_files import ASSETS, RECORDED

RECORDING = (
    "After a few seconds the view offers to play the recorded run. Play, step, rewind and the time slider then act "
    "on it."
)


class Range(dict[str, float]):
    """From the lowest to the highest of the seeds, both in the format that a text asks for."""

    def __format__(self, spec: str) -> str:
        return lowest_to_highest(self, spec)


class Beat(Words):
    """One thing to show. See assets/teach/en.toml for the fields. offline: None where a recorded run plays."""

    title: str
    minutes: Annotated[int, Field(ge=1)]
    page: str
    variation: str | None = None
    show: tuple[str, ...] = ()
    do: str
    ask: str
    expected: str | None = None
    counted: str | None = None
    surprise: str
    offline: str | None = None

    @property
    def lesson(self) -> LessonPage:
        """What it shows: a lesson, or Home, whose question and measurements are read in the same way."""
        return LessonPage(self.page)

    @property
    def query(self) -> dict[str, str]:
        """What the address says: the experiment, and that it is shown to a room."""
        query = self.lesson.own.written(self.lesson.tried(self.variation)) if self.variation else {}
        if self.show:
            query = query | {"show": ",".join(self.show)}
        return query | {"present": "1"}

    @property
    def address(self) -> str:
        """Below the address of the app."""
        return f"{'' if self.page == 'home' else self.page}?{urlencode(self.query, safe=',:;')}"

    def filled(self, text: str) -> str:
        """With the numbers that were measured of the lesson, its settings, and the labels of its buttons."""
        found, data = self.lesson.measured, self.lesson.data
        more, answer = with_ranges(found.more), Range(low=found.low, high=found.high)
        tries, settings = self.lesson.words.tries, data.settings
        return text.format(step=data.question.step, answer=answer, more=more, tries=tries, settings=settings)

    @property
    def numbers(self) -> str:
        """What is to be expected: ranges, from the lowest to the highest of the seeds, and on how many of them."""
        seeds, said = self.lesson.measured.seeds, []
        if self.expected:
            text = self.filled(self.expected)
            said.append(f"{text[:1].upper()}{text[1:]}. Lowest to highest of {seeds} seeds.")
        if self.counted:
            said.append(f"Of {seeds} seeds: {self.filled(self.counted)}.")
        return " ".join(said)

    @property
    def without_network(self) -> str:
        """What to do when the network dies."""
        if self.offline:
            return self.offline
        assert (RECORDED / f"{self.page}.frames").exists(), f"{self.title}: {self.page} was not recorded"
        return RECORDING


class LecturePath(Words):
    """Beats in order, and what they are about."""

    title: str
    sentence: str
    beats: tuple[Beat, ...]


@cache
def lecture_paths() -> tuple[LecturePath, ...]:
    """Every path of the kit."""
    read = tomllib.loads((ASSETS / "teach" / "en.toml").read_text(encoding="utf-8"))
    return tuple(LecturePath.model_validate(path) for path in read["paths"])


def with_ranges(found: Any) -> Any:
    """What was measured, with a range wherever there is a lowest and a highest."""
    if isinstance(found, list):
        return [with_ranges(part) for part in found]
    if not isinstance(found, dict):
        return found
    parts = {name: with_ranges(part) for name, part in found.items()}
    return Range(parts) if {"low", "high"} <= parts.keys() else parts


def beats_html(path: LecturePath, root: str) -> str:
    """A path as a numbered list. root: the address of the app, whole, so that it can be printed."""
    begins = accumulate((beat.minutes for beat in path.beats), initial=0)
    beats = (_beat(beat, begin, root) for beat, begin in zip(path.beats, begins, strict=False))
    return f'<ol class="beats">{"".join(beats)}</ol>'


def _beat(beat: Beat, begins: int, root: str) -> str:
    """begins: the minute of the lecture."""
    link = escape(f"{root}/{beat.address}", quote=True)
    said = {
        "Do": beat.filled(beat.do),
        "Ask": beat.ask,
        "Expect": beat.numbers,
        "What surprises": beat.surprise,
        "Without a network": beat.without_network,
    }
    lines = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in said.items())
    head = f'<a href="{link}" target="_blank" rel="noopener">{escape(beat.title)}</a>'
    minutes = f"minute {begins} to {begins + beat.minutes}"
    return f'<li><p class="beat">{head} <span class="minutes">{minutes}</span></p><dl>{lines}</dl></li>'
