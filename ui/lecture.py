"""The lecturer's kit: paths of beats, each with a link to what is shown and the numbers that were measured of it.

The words are data (assets/teach). The links are built from the lessons' own experiments, and the numbers are read from
what was measured over many seeds, so that neither goes stale.
"""

import tomllib
from functools import cache
from html import escape
from typing import Annotated, Any
from urllib.parse import urlencode

from pydantic import BaseModel, ConfigDict, Field

from moe_core.config import lesson
from ui.lesson import LessonPage, own_query
from ui.view_files import ASSETS, RECORDED

RECORDING = (
    "Close the message that the server is not responding. After a few seconds the view offers to play the recorded "
    "run; play, step, rewind and the time slider then act on it."
)


class _Words(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Beat(_Words):
    """One thing to show. See assets/teach/en.toml for the fields. offline: None where a recorded run plays."""

    title: str
    minutes: Annotated[int, Field(ge=1)]
    page: str
    preset: str | None = None
    variation: str | None = None
    press: str | None = None
    show: tuple[str, ...] = ()
    ask: str
    expected: str | None = None
    surprise: str
    offline: str | None = None

    @property
    def query(self) -> dict[str, str]:
        """What the address says: the experiment, and that it is shown to a room."""
        query = {"preset": self.preset} if self.preset else {}
        if self.variation:
            own, varied = LessonPage(self.page).own, lesson.load(self.page).tries[self.variation]
            assert varied.preset, f"{self.variation} goes on with a run: no link can open it"
            query = own.written(own_query(varied.preset, varied.settings, varied.members).experiment)
        if self.show:
            query = query | {"show": ",".join(self.show)}
        return query | {"present": "1"}

    @property
    def address(self) -> str:
        """Below the address of the app."""
        return f"{'' if self.page == 'home' else self.page}?{urlencode(self.query, safe=',:;')}"

    @property
    def button(self) -> str | None:
        """The label of the button to press."""
        return LessonPage(self.page).words.tries[self.press].label if self.press else None

    @property
    def numbers(self) -> str | None:
        """What is to be expected, over how many seeds. A range is from the lowest of them to the highest."""
        if self.expected is None:
            return None
        page = LessonPage(self.page)
        found: dict[str, Any] = page.measured.model_dump()
        said = self.expected.format(step=page.data.question.step, **found)
        return f"{said[:1].upper()}{said[1:]}. Over {found['seeds']} seeds."

    @property
    def without_network(self) -> str:
        """What to do when the network dies."""
        if self.offline:
            return self.offline
        assert (RECORDED / f"{self.page}.frames").exists(), f"{self.title}: {self.page} was not recorded"
        return RECORDING


class LecturePath(_Words):
    """Beats in order, and what they are about."""

    title: str
    sentence: str
    beats: tuple[Beat, ...]


@cache
def lecture_paths() -> tuple[LecturePath, ...]:
    """Every path of the kit."""
    read = tomllib.loads((ASSETS / "teach" / "en.toml").read_text(encoding="utf-8"))
    return tuple(LecturePath.model_validate(path) for path in read["paths"])


def beats_html(path: LecturePath, root: str) -> str:
    """A path as a numbered list. root: the address of the app, whole, so that it can be printed."""
    return f'<ol class="beats">{"".join(_beat(beat, root) for beat in path.beats)}</ol>'


def _beat(beat: Beat, root: str) -> str:
    link = escape(f"{root}/{beat.address}", quote=True)
    press = f"Open it and let it train, then press {beat.button}." if beat.button else None
    said = {
        "Do": press,
        "Ask": beat.ask,
        "Expect": beat.numbers,
        "What surprises": beat.surprise,
        "Without a network": beat.without_network,
    }
    lines = "".join(f"<dt>{name}</dt><dd>{escape(text)}</dd>" for name, text in said.items() if text)
    head = f'<a href="{link}" target="_blank" rel="noopener">{escape(beat.title)}</a>'
    minutes = f"{beat.minutes} minute{'s' if beat.minutes > 1 else ''}"
    return f'<li><p class="beat">{head} <span class="minutes">{minutes}</span></p><dl>{lines}</dl></li>'
