"""What is wrong with a setting, said once for a person (one plain sentence) and for a developer (a ValueError)."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches

LONGEST_SHOWN = 40

MOST_LISTED, NEAREST = 48, 3
"""So many choices are all listed to who asked for another, as the commands of a run are. Of more, as of the settings,
only those that are like it are: all would fill a page."""

ALIKE = 0.7
"""How like a name must be to be offered, from 0 to 1: a letter left out, or two exchanged, not a word by chance, as
noise is like nope by 0.67 and dense like nonsense by 0.62."""


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


def nearest(names: Iterable[str], known: Iterable[str], most: int) -> str:
    """The end of a sentence on unknown names: for each at most so many that are like it, if there are any."""
    known = list(known)
    alike = list(dict.fromkeys(one for name in names for one in get_close_matches(name, known, n=most, cutoff=ALIKE)))
    return f"; the nearest {'is' if len(alike) == 1 else 'are'} {', '.join(alike)}" if alike else ""


def unknown_name(kind: str, name: str, known: Sequence[str]) -> str:
    """The sentence part for a name that is not in a registry: all choices, or of many only those that are like it."""
    if len(known) > MOST_LISTED:
        return f"no such {kind}{nearest([name], known, NEAREST)}"
    likely = get_close_matches(name, known, n=1, cutoff=ALIKE)
    hint = f"did you mean {likely[0]}? " if likely else ""
    return f"no such {kind}; {hint}the choices are {', '.join(known)}"
