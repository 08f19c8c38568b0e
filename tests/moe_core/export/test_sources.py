"""What is collected of a package for a program: all that it reaches, nothing else, and each name with one meaning."""

import re
from itertools import combinations
from pathlib import Path
from typing import Any

import pytest

from moe_core.config import LIVE_FIELDS, SECTIONS, RunConfig
from moe_core.config.command import Command
from moe_core.export.imports import import_block
from moe_core.export.modules import Import, Package
from moe_core.export.program import program_of
from moe_core.export.script import PACKAGE
from moe_core.export.sources import Collector
from tests.moe_core.cases import each_choice_alone
from tests.moe_core.export.runs import EVENTS


def made_up(root: Path, files: dict[str, str]) -> Collector:
    """A collector for a package `zoo` of these files."""
    for name, text in ({"__init__.py": ""} | files).items():
        path = root / "zoo" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Collector(Package(root / "zoo"))


def source(collector: Collector, imports: str, code: str) -> str:
    """The program made to stand alone."""
    passages = collector.take(imports, code)
    return "\n\n".join([import_block(collector.imports), *(passage.text for passage in passages), code])


def run(text: str) -> dict[str, Any]:
    namespace: dict[str, Any] = {"__name__": "alone"}
    exec(text, namespace)
    return namespace


CATS = '''"""All cats."""

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from zoo.animals import Animal

if TYPE_CHECKING:
    from zoo.keepers import Keeper

WHISKERS, CLAWS = 12, 18
"""As a vet counts them."""

# Both sides, since a cat is even.
SIDES: dict[str, int] = {side: len(side) for side in ("left", "right")}


@dataclass(frozen=True)
class Cat(Animal):
    """A cat – with a dash, which takes three bytes."""

    whiskers: int = WHISKERS

    def fed(self, keeper: "Keeper | None" = None) -> "Cat":
        """Heavier by a natural logarithm."""
        from fractions import Fraction

        return replace(self, weight=heavier(self.weight, Fraction(1, 2)))


def heavier(weight: float, by: float) -> float:
    return weight + math.log1p(by)


def unused() -> None:
    return random.random()
'''


def test_all_that_is_reached_is_collected_and_nothing_else(tmp_path: Path) -> None:
    """Through a base class, a default, a method and a constant; an import inside a function stays there."""
    animals = (
        "import json\nfrom dataclasses import dataclass\n\n@dataclass(frozen=True)\nclass Animal:\n    weight: float\n"
    )
    collector = made_up(tmp_path, {"cats.py": CATS, "animals.py": animals, "keepers.py": "import zoo.cats\n"})
    text = source(collector, "from zoo.cats import Cat, SIDES", "cat = Cat(3.0).fed()\nsides = SIDES")
    namespace = run(text)
    assert namespace["cat"].weight == pytest.approx(3.405465)
    assert (namespace["cat"].whiskers, namespace["sides"]) == (12, {"left": 4, "right": 5})
    assert import_block(collector.imports) == "import math\nfrom dataclasses import dataclass, replace"
    for kept in ("Both sides", "As a vet", "with a dash", "Heavier by", "from fractions import Fraction"):
        assert kept in text
    for dropped in ("unused", "json", "TYPE_CHECKING", "import Keeper", "zoo"):
        assert dropped not in text
    assert text.index("class Animal") < text.index("WHISKERS, CLAWS") < text.index("class Cat")


def test_names_are_followed_to_where_they_are_defined(tmp_path: Path) -> None:
    """Through a package's `__init__`, also out of the package."""
    files = {
        "birds/__init__.py": "from collections import OrderedDict\nfrom .owl import Owl\n",
        "birds/owl.py": "class Owl:\n    pass\n",
    }
    collector = made_up(tmp_path, files)
    (passage,) = collector.take("from zoo.birds import Owl, OrderedDict", "nest = OrderedDict(owl=Owl())")
    assert passage.module == "zoo.birds.owl"
    assert collector.imports == {Import("collections", "OrderedDict", "OrderedDict")}


@pytest.mark.parametrize("brought", ["from zoo import food", "import zoo.food as food", "from . import food"])
def test_modules_used_as_a_whole_give_way_to_their_definitions(tmp_path: Path, brought: str) -> None:
    """Only where the module is meant: not in a text, and not where a name merely ends the same."""
    files = {
        "food.py": "GRAMS = 5\n\ndef meal(times):\n    return times * GRAMS\n",
        "seal.py": f'{brought}\n\ndef feed():\n    """See food.meal, ähnlich."""\n'
        '    return "ä", food.meal(2), food.GRAMS\n',
    }
    text = source(made_up(tmp_path, files), "from zoo.seal import feed", "fed = feed()")
    assert run(text)["fed"] == ("ä", 10, 5)
    assert "See food.meal, ähnlich." in text


def test_each_piece_brings_what_no_earlier_one_did(tmp_path: Path) -> None:
    files = {
        "a.py": "ONE = 1\n\n\ndef two():\n    return ONE + 1\n",
        "b.py": "from zoo.a import ONE\nTHREE = ONE + 2\n",
    }
    collector = made_up(tmp_path, files)
    first = collector.take("from zoo.b import THREE", "three = THREE")
    second = collector.take("from zoo.a import ONE, two", "four = two() + two() * ONE\nprint(three)")
    assert [(passage.module, passage.text) for passage in first] == [("zoo.a", "ONE = 1"), ("zoo.b", "THREE = ONE + 2")]
    assert [(passage.module, passage.text) for passage in second] == [("zoo.a", "def two():\n    return ONE + 1")]


@pytest.mark.parametrize(
    ("files", "imports", "code", "sentence"),
    [
        (
            {"a.py": "def _feed(): ...\ndef a(): _feed()", "b.py": "def _feed(): ...\ndef b(): _feed()"},
            "from zoo.a import a\nfrom zoo.b import b",
            "a(); b()",
            "The name _feed would have two meanings: that of zoo.a and that of zoo.b.",
        ),
        (
            {"a.py": "import json\ndef a(): json", "b.py": "json = 1"},
            "from zoo.a import a\nfrom zoo.b import json",
            "a(json)",
            "The name json would have two meanings: that of `import json` and that of zoo.b.",
        ),
        (
            {"a.py": "from json import load\ndef a(): load", "b.py": "from pickle import load\ndef b(): load"},
            "from zoo.a import a\nfrom zoo.b import b",
            "a(); b()",
            "that of `from json import load` and that of `from pickle import load`.",
        ),
        (
            {"a.py": "def a(): sum", "b.py": "def sum(): ..."},
            "from zoo.a import a\nfrom zoo.b import sum",
            "a(); sum()",
            "The name sum would have two meanings: that of Python and that of zoo.b.",
        ),
        (
            {"a.py": "helper = 1\ndef a(): return helper"},
            "from zoo.a import a",
            "helper = a()",
            "The name helper would have two meanings: that of the program and that of zoo.a.",
        ),
        (
            {"a.py": "def a(): ..."},
            "from zoo.a import a as b",
            "b()",
            "from zoo.a import a as b gives another name to a, and a definition keeps its own.",
        ),
        (
            {"a.py": "def a(): ..."},
            "from zoo.a import c",
            "c()",
            "from zoo.a import c cannot be followed: zoo.a defines no c.",
        ),
        (
            {"a.py": "from zoo import b\ndef a(): print(b)", "b.py": ""},
            "from zoo.a import a",
            "a()",
            "The module b is used as a whole, but nothing will be left of it but its definitions.",
        ),
        (
            {"a.py": "from zoo import b\ndef a(c):\n    c = b.c()", "b.py": "def c(): ..."},
            "from zoo.a import a",
            "a()",
            "zoo.a.a has names of its own that hide c.",
        ),
        (
            {"a.py": "try:\n    b = 1\nfinally:\n    pass\ndef a(): return b"},
            "from zoo.a import a",
            "a()",
            "zoo.a looks up b, and no import or definition at its top level says what that is.",
        ),
        ({"a.py": ""}, "from zoo import a", "a", "from zoo import a brings a module, where the program can only use"),
        (
            {"a.py": "def a():\n    from zoo.b import b\n    return b", "b.py": "b = 1"},
            "from zoo.a import a",
            "a()",
            "zoo.a.a imports from zoo.b while it runs, when there will be no such module.",
        ),
    ],
)
def test_what_would_change_its_meaning_is_refused(
    tmp_path: Path, files: dict[str, str], imports: str, code: str, sentence: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(sentence)):
        made_up(tmp_path, files).take(imports, code)


@pytest.mark.slow
def test_each_pair_of_choices_can_be_exported() -> None:
    """In no pair that is allowed does a name get two meanings, also when all was done that can be done."""
    done = [Command(0, name, expert) for name, expert in EVENTS]
    variants = [choice for choice in each_choice_alone() if choice.keys() <= SECTIONS.keys()]
    for one, other in combinations(variants, 2):
        config, refused = RunConfig().merge(one | other)
        if one.keys().isdisjoint(other) and not refused:
            collector = Collector(PACKAGE)
            set_again = [Command(0, name, value) for name, value in config.settings().items() if name in LIVE_FIELDS]
            for part in program_of(config, [*set_again, *done], 0):
                collector.take(part.imports, part.code)
