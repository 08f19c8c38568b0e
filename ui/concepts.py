"""The map of concepts: what to know first, what follows, and the page that shows it where there is one."""

import tomllib
from dataclasses import dataclass
from functools import cache
from html import escape
from urllib.parse import urlencode

from ui.view_files import ASSETS


@dataclass(frozen=True)
class Concept:
    """name and sentence: what a person reads. needs: concepts to know before. page and preset: where it is shown.

    page is None for a concept that no page shows yet.
    """

    name: str
    sentence: str
    needs: tuple[str, ...]
    page: str | None = None
    preset: str | None = None


@cache
def concepts() -> dict[str, Concept]:
    """Every concept by its key, those that are needed before those that need them. Raises ValueError for a circle."""
    read = tomllib.loads((ASSETS / "concepts.toml").read_text(encoding="utf-8"))
    left = {key: Concept(**entry | {"needs": tuple(entry["needs"])}) for key, entry in read.items()}
    ordered: dict[str, Concept] = {}
    while left:
        ready = [key for key, concept in left.items() if set(concept.needs) <= set(ordered)]
        if not ready:
            raise ValueError(f"the concepts {', '.join(left)} need each other, or one that does not exist")
        ordered |= {key: left.pop(key) for key in ready}
    return ordered


@cache
def stages() -> list[dict[str, Concept]]:
    """The concepts by how many steps of what is needed come before them."""
    depth: dict[str, int] = {}
    for key, concept in concepts().items():
        depth[key] = 1 + max((depth[need] for need in concept.needs), default=-1)
    return [
        {key: concept for key, concept in concepts().items() if depth[key] == stage}
        for stage in range(max(depth.values()) + 1)
    ]


def concept_map(base: str) -> str:
    """The map as HTML: a list of stages, each a list of concepts. base: the path that pages stand under."""
    return f'<ol class="concepts">{"".join(_stage(stage, base) for stage in stages())}</ol>'


def _stage(stage: dict[str, Concept], base: str) -> str:
    return f'<li class="stage"><ul>{"".join(_concept(concept, base) for concept in stage.values())}</ul></li>'


def _concept(concept: Concept, base: str) -> str:
    name = escape(concept.name)
    if concept.page:
        query = f"?{urlencode({'preset': concept.preset})}" if concept.preset else ""
        name, note = f'<a href="{base}/{concept.page}{query}" target="_self">{name}</a>', ""
    else:
        note = '<span class="note">later</span>'
    needed = " and ".join(concepts()[need].name for need in concept.needs)
    after = f'<br><span class="note">after {escape(needed)}</span>' if needed else ""
    look = "concept" if concept.page else "concept later"
    sentence = escape(concept.sentence)
    return f'<li class="{look}"><span class="name"><span>{name}</span>{note}</span>{sentence}{after}</li>'
