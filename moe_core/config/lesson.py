"""Lessons: an experiment, what is asked before it runs, and what was measured of it. TOML files in assets/lessons.

The words are apart, in assets/lessons/en, so that a lesson can be read in another language.
"""

import tomllib
from functools import cache
from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from moe_core.config import presets
from moe_core.config.problem import ConfigError, Problem, unknown_name
from moe_core.config.run import RunConfig

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "lessons"

NAMES: tuple[str, ...] = ("gating", "specialization", "collapse", "balancing")
"""In the order in which they are to be read: previous and next follow it."""

OPENING = "home"
"""What Home asks, of the same form. It is no lesson of its own."""

Settings = dict[str, Any]
Range = tuple[float, float]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Question(_Part):
    """What is predicted before the run: a column of the history, or a metric of moe_core.measure, of one member, at a
    step.

    choices: the range that each choice stands for, in the order of the words; none where no range is meant.
    """

    column: str | None = None
    metric: str | None = None
    step: Annotated[int, Field(ge=1)]
    member: Annotated[int, Field(ge=0)] = 0
    choices: tuple[Range, ...] = ()

    @model_validator(mode="after")
    def _is_about_one_number(self) -> Self:
        if (self.column is None) == (self.metric is None):
            raise ValueError("question: it is about a column or about a metric, and names one of the two")
        return self


class Try(_Part):
    """A variation that one click makes: of the run as it is, or of a preset from step 0.

    preset: what it starts from; None for the run as it is. settings: what it changes of that. members: beside a preset,
    what each further member has otherwise. revive: whether each idle expert of the first member becomes a copy of the
    busiest one.
    """

    preset: str | None = None
    settings: Settings = Field(default_factory=dict)
    members: tuple[Settings, ...] = ()
    revive: bool = False

    @property
    def configs(self) -> tuple[RunConfig, ...]:
        """The configuration of each member, of a variation that starts from a preset."""
        assert self.preset is not None, "a variation of the run as it is has that run's configuration"
        return _members(with_settings(presets.load(self.preset).config, self.settings), self.members)


class Measured(_Part):
    """What a command measured: the lowest and the highest answer to the question over so many seeds.

    more: whatever else a lesson's page prints.
    """

    seeds: Annotated[int, Field(ge=1)]
    low: float
    high: float
    more: dict[str, Any] = Field(default_factory=dict)


class Lesson(_Part):
    """One lesson's file. preset, settings: the experiment. members: what each further member has otherwise.

    controls: the settings that can be turned. meters: whether the view has a line with how specialised the experts are.
    token: the input that its recording follows through every stage, where the lesson follows one.
    tries: variations, by the names that the page and the words have. cures: settings that a variation of the run as it
    is gives to the first member alone, one at a time: each that it does not name is 0.
    """

    preset: str
    settings: Settings = Field(default_factory=dict)
    members: tuple[Settings, ...] = ()
    controls: tuple[str, ...] = ()
    cures: tuple[str, ...] = ()
    meters: bool = False
    token: tuple[float, ...] | None = None
    question: Question
    tries: dict[str, Try] = Field(default_factory=dict)

    @property
    def config(self) -> RunConfig:
        """The configuration of the first member."""
        return with_settings(presets.load(self.preset).config, self.settings)

    @property
    def configs(self) -> tuple[RunConfig, ...]:
        """The configuration of each member."""
        return _members(self.config, self.members)

    def given(self, name: str, config: RunConfig) -> Settings:
        """The settings that a variation of the run as it is gives to a run; a cure that it cannot have is left out."""
        off: Settings = {cure: 0.0 for cure in self.cures if cure in config.settings()}
        return off | self.tries[name].settings

    @model_validator(mode="after")
    def _holds_together(self) -> Self:
        if self.question.member >= len(self.configs):
            raise ValueError(f"question.member = {self.question.member}: there are {len(self.configs)} members, from 0")
        for field, names in (("controls", self.controls), ("cures", self.cures)):
            unknown = [name for name in names if name not in self.config.settings()]
            if unknown:
                raise ValueError(f"{field}: the experiment has no {', '.join(unknown)}")
        return self


def with_settings(config: RunConfig, settings: Settings) -> RunConfig:
    """A configuration with some settings changed. Raises ConfigError for those that are refused."""
    merged, problems = config.merge(settings)
    if problems:
        raise ConfigError(problems)
    return merged


def _members(first: RunConfig, others: tuple[Settings, ...]) -> tuple[RunConfig, ...]:
    return (first, *(with_settings(first, other) for other in others))


@cache
def load(name: str) -> Lesson:
    """Read one lesson. Raises ConfigError for a name that does not exist, and ValueError for a file that is wrong."""
    known = (*NAMES, OPENING)
    if name not in known:
        raise ConfigError([Problem("lesson", name, unknown_name("lesson", name, known))])
    return Lesson.model_validate(_read(FOLDER / f"{name}.toml"))


@cache
def measured(name: str) -> Measured | None:
    """What was measured of a lesson, or None where nothing was."""
    path = measured_path(name)
    return Measured.model_validate(_read(path)) if path.exists() else None


def measured_path(name: str) -> Path:
    """The file that holds what was measured of a lesson. It is written by a command, never by hand."""
    return FOLDER / "measured" / f"{name}.toml"


def _read(path: Path) -> dict[str, Any]:
    return tomllib.loads(path.read_text(encoding="utf-8"))
