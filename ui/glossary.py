"""The glossary: what each word means, on a page of its own, and where the word stands."""

import tomllib
from dataclasses import dataclass
from functools import cache

from ui.view_files import ASSETS, base_path

PAGE = "glossary"


@dataclass(frozen=True)
class Term:
    """name and sentence: what a person reads. symbol and exact: in LaTeX; None without one."""

    name: str
    sentence: str
    symbol: str | None = None
    exact: str | None = None


@cache
def terms() -> dict[str, Term]:
    """Every term by its key, in the order of the page."""
    read = tomllib.loads((ASSETS / "glossary" / "en.toml").read_text(encoding="utf-8"))
    return {key: Term(**entry) for key, entry in read.items()}


def term(key: str, words: str | None = None) -> str:
    """Markdown for a word that explains itself where it stands: pointing at it says what it is, and a click opens it in
    the glossary. words: how it reads in the sentence, else its name in lower case. Raises KeyError for no such term."""
    meant = terms()[key]
    return f'[{words or meant.name.lower()}]({base_path()}/{PAGE}#{key} "{meant.sentence}")'
