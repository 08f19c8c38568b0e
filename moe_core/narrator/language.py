"""How a remark becomes a sentence. The words are in assets/narrator, one TOML file a language; no word is here.

A rule about experts has the forms `one` and `many`, every other rule has `text`. Placeholders are names of values, and
{experts} is the list of those named. A value that is itself a word is translated by the table `words`, where it may ask
for other values. A number is printed as its placeholder says: {load:.1%} in percent, as on the cards, {gap:points} in
points of percent.
"""

import string
import tomllib
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

MOST_NAMED = 8
"""Of more experts the first are named, and the others counted: a list of forty is not read."""

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "narrator"


@cache
def sentences(language: str) -> dict[str, Any]:
    """The file of a language. Raises ValueError for one that does not exist, naming those that do."""
    languages = sorted(path.stem for path in FOLDER.glob("*.toml"))
    if language not in languages:
        raise ValueError(f"language = {language} was refused: there are sentences in {', '.join(languages)}.")
    return tomllib.loads((FOLDER / f"{language}.toml").read_text(encoding="utf-8"))


def fill(language: str, rule: str, experts: Sequence[int], values: Mapping[str, float | int | str]) -> str:
    """The sentence of a rule with its numbers in place."""
    content = sentences(language)
    words: dict[str, str] = content["words"]
    form = "text" if not experts else "one" if len(experts) == 1 else "many"
    numbers = _Numbers()
    shown = {
        name: numbers.format(words[value], **values) if isinstance(value, str) else value
        for name, value in values.items()
    }
    return numbers.format(content[rule][form], experts=_named(experts, words), **shown)


def _named(experts: Sequence[int], words: Mapping[str, str]) -> str:
    """The experts by number, counted from 1 as on the screen."""
    numbers = [str(expert + 1) for expert in experts]
    others = len(numbers) - MOST_NAMED
    return listed(
        [*numbers[:MOST_NAMED], words["others"].format(others=others)] if others > 1 else numbers, words["and"]
    )


def listed(items: Sequence[str], conjunction: str) -> str:
    """A list as it is read: "2", "2 and 5", "2, 5 and 7"."""
    if len(items) < 2:
        return "".join(items)
    return f"{', '.join(items[:-1])} {conjunction} {items[-1]}"


def number(value: float | int) -> str:
    """A whole number with a comma between thousands; another with three significant digits, or all before the point;
    never an exponent.
    """
    if isinstance(value, int) or abs(value) >= 100:
        return f"{value:,.0f}"
    return np.format_float_positional(value, precision=3, unique=False, fractional=False, trim="-")


class _Numbers(string.Formatter):
    """Numbers in sentences."""

    def format_field(self, value: Any, format_spec: str) -> str:
        """A value as its placeholder asks for it."""
        if isinstance(value, str):
            return value
        if format_spec == "points":
            return number(100 * value)
        # What is rounded to nothing has no sign.
        return format(value, f"z{format_spec}") if format_spec else number(value)
