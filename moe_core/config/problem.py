"""What is wrong with a setting, said once for a person (one plain sentence) and for a developer (a ValueError)."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST_SHOWN = 40


@dataclass(frozen=True)
class Problem:
    """One refused setting: its field, the value that was given and what is allowed.

    with_it are other settings that were asked for, cannot be had without it, and so are refused with it.
    """

    field: str
    value: object
    allowed: str
    with_it: tuple[str, ...] = ()

    @property
    def fields(self) -> tuple[str, ...]:
        """All that was refused: the field itself, and what falls with it."""
        return (self.field, *self.with_it)

    def __str__(self) -> str:
        return f"{_shortened(self.field)} = {_shortened(str(self.value))} was refused: {self.allowed}."


def _shortened(text: str) -> str:
    return text if len(text) <= LONGEST_SHOWN else text[:LONGEST_SHOWN] + "…"


class ConfigError(ValueError):
    """Raised for settings that make no valid run. `problems` holds each refused setting."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__(" ".join(str(problem) for problem in self.problems))


def unknown_name(kind: str, name: str, known: Sequence[str]) -> str:
    """The sentence part for a name that is not in a registry: the nearest known name, then all choices."""
    nearest = get_close_matches(name, known, n=1)
    hint = f"did you mean {nearest[0]}? " if nearest else ""
    return f"no such {kind}; {hint}the choices are {', '.join(known)}"
