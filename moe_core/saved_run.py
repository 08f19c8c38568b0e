"""What a saved run says of itself beside its tensors: TOML that a person can read, and that is checked as a whole.

step = 25, spacing = 10, divergence = "", a table of settings, and a log of commands
"""

import tomllib
from itertools import pairwise
from typing import Annotated, Any, Self

import tomli_w
from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError, model_validator

from moe_core.config.command import INTERVENTIONS, Command

MOST_STEPS = 10**9
"""More than a week at a thousand steps a second. No run is that long."""

WHOLE_NUMBERS = 2**63
"""TOML's own whole numbers have 64 bits. Python reads longer ones, and then cannot write them out again."""


def _scalar(value: object) -> object:
    """Settings and the values of commands are text, numbers, true or false."""
    if isinstance(value, int) and not -WHOLE_NUMBERS <= value < WHOLE_NUMBERS:
        raise ValueError("a whole number of more than 64 bits")
    if value is not None and not isinstance(value, str | int | float):
        raise ValueError("no text, number, true or false")
    return value


Scalar = Annotated[Any, AfterValidator(_scalar)]


class SavedCommand(BaseModel):
    """A command as TOML has it, which knows no null: one that is done to no expert has neither expert nor value.

    expert is counted from 1, as on the screen. Files of before had it as value, counted from 0, and are read like that.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: int = Field(ge=0, le=MOST_STEPS)
    name: str
    expert: int | None = Field(default=None, strict=True, ge=1)
    value: Scalar = None

    @model_validator(mode="after")
    def _says_one_thing(self) -> Self:
        if self.expert is not None and (self.name not in INTERVENTIONS or self.value is not None):
            raise ValueError("an expert beside a value")
        return self

    @classmethod
    def of(cls, command: Command) -> Self:
        """A command of the trainer's log."""
        if command.name in INTERVENTIONS and command.value is not None:
            return cls(step=command.step, name=command.name, expert=command.value + 1)
        return cls(step=command.step, name=command.name, value=command.value)

    @property
    def command(self) -> Command:
        """As the trainer has it, experts counted from 0."""
        return Command(self.step, self.name, self.value if self.expert is None else self.expert - 1)


class SavedRun(BaseModel):
    """What a file says of its run beside the tensors.

    settings are those of step 0, log the commands since, step how many steps were done, spacing the steps between two
    rows of the curves. divergence says why the run cannot go on, or is empty.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    step: int = Field(ge=0, le=MOST_STEPS)
    spacing: int = Field(ge=1, le=MOST_STEPS)
    divergence: str
    settings: dict[str, Scalar]
    log: list[SavedCommand]

    @property
    def commands(self) -> tuple[Command, ...]:
        """The log as the trainer has it."""
        return tuple(saved.command for saved in self.log)

    def toml(self) -> str:
        """As a file has it."""
        return tomli_w.dumps(self.model_dump(exclude_none=True))


def saved_run(text: str) -> SavedRun:
    """What the TOML of a file says. Raises ValueError, with the end of a sentence, when it is not whole."""
    try:
        said = tomllib.loads(text)
    except (ValueError, RecursionError) as error:  # A number of thousands of digits is a ValueError of Python's own.
        raise ValueError("its settings are no TOML") from error
    try:
        run = SavedRun.model_validate(said)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in wrong["loc"])
        raise ValueError(f"its {where} cannot be read") from error
    steps = [command.step for command in run.log]
    if any(later < earlier for earlier, later in pairwise(steps)):
        raise ValueError("its log goes back in time")
    if steps and steps[-1] > run.step:
        raise ValueError(f"its log has a command of step {steps[-1]}, and it has done {run.step}")
    return run
