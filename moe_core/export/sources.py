"""A program that imports from a package becomes one that stands alone: each import gives way to the source itself.

From the names that the program uses, every definition that they reach is collected, from module to module and through
re-exports, as it stands in its file with its comments and docstrings. What is not reached is left out. No module is
run for this: files are parsed, and Python's own symbol tables say which names a definition looks up.

Everything ends in one namespace. Where a name would have two meanings the collector refuses: a program that picks one
of them would be another program.
"""

import builtins
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from moe_core.export.modules import Import, Module, Package, modules_imported_in, names_in, without_prefix

PROGRAM = "the program"
PYTHON = "Python"


@dataclass(frozen=True)
class Passage:
    """What was reached of one module: its name, its docstring, and the definitions in their order."""

    module: str
    docstring: str
    text: str


class Collector:
    """Takes a program piece by piece. imports is what the collected source imports from outside of the package."""

    def __init__(self, package: Package) -> None:
        self.imports: set[Import] = set()
        self._package = package
        self._meanings: dict[str, str] = {}
        """For each name that is looked up, who says what it is."""
        self._reached: dict[str, dict[int, str]] = {}
        """Of each module the text of each definition by its place."""
        self._told: set[tuple[str, int]] = set()

    def take(self, imports: str, code: str) -> list[Passage]:
        """The definitions that a piece of the program reaches and no earlier one did.

        Raises ValueError for a name with two meanings, and for an import that cannot be followed.
        """
        program, names = Module(PROGRAM, imports), names_in(code)
        for name in names.bound:
            self._mean(name, PROGRAM)
        for name in sorted(names.looked_up):
            if name in program.imports:
                self._follow(program.imports[name])
            elif self._meanings.get(name) != PROGRAM:
                self._mean_as_python_does(name, PROGRAM)
        return list(self._passages(program))

    def _follow(self, imported: Import) -> None:
        """Collect the definition that an import brings, or keep the import where it leads out of the package."""
        source = self._package.source_of(imported)
        if isinstance(source, Module):
            raise ValueError(f"{imported} brings a module, where the program can only use definitions.")
        name = source.bound if isinstance(source, Import) else source[1]
        if name != imported.bound:
            raise ValueError(f"{imported} gives another name to {name}, and a definition keeps its own.")
        if isinstance(source, Import):
            self._mean(name, f"`{source}`")
            self.imports.add(source)
        else:
            self._reach(*source)

    def _reach(self, module: Module, name: str) -> None:
        """Collect a definition and all that it looks up."""
        self._mean(name, module.name)
        place, texts = module.definitions[name], self._reached.setdefault(module.name, {})
        if place in texts:
            return
        texts[place] = module.text(place)
        for imported in modules_imported_in(texts[place], self._package.name):
            if imported.split(".")[0] == self._package.name:
                here = f"{module.name}.{name} imports from {imported} while it runs"
                raise ValueError(f"{here}, when there will be no such module.")
        names = names_in(texts[place])
        for other in sorted(names.looked_up):
            if other in module.definitions:
                self._reach(module, other)
            elif other not in module.imports:
                self._mean_as_python_does(other, module.name)
            elif isinstance(source := self._package.source_of(module.imports[other]), Module):
                texts[place], used = without_prefix(texts[place], other)
                if clash := used & names.local | {other} & names.local:
                    raise ValueError(f"{module.name}.{name} has names of its own that hide {', '.join(sorted(clash))}.")
                for attribute in sorted(used):
                    self._follow(Import(source.name, attribute, attribute))
            else:
                self._follow(module.imports[other])

    def _mean(self, name: str, meaning: str) -> None:
        """From here on the name has this meaning."""
        known = self._meanings.setdefault(name, meaning)
        if known != meaning:
            raise ValueError(f"The name {name} would have two meanings: that of {known} and that of {meaning}.")

    def _mean_as_python_does(self, name: str, user: str) -> None:
        """A name that its module gives no meaning is one of Python's own."""
        if not hasattr(builtins, name):
            raise ValueError(f"{user} looks up {name}, and no import or definition at its top level says what that is.")
        self._mean(name, PYTHON)

    def _passages(self, program: Module) -> Iterator[Passage]:
        """What was not told yet, module by module as Python would have run them, so that each finds what it needs."""
        for module in self._in_order(program, set()):
            texts = self._reached.get(module.name, {})
            places = sorted(place for place in texts if (module.name, place) not in self._told)
            self._told.update((module.name, place) for place in places)
            if places:
                text = texts[places[0]]
                for last, place in pairwise(places):
                    text += "\n" * (1 + module.blank_lines(last, place)) + texts[place]
                yield Passage(module.name, module.docstring, text)

    def _in_order(self, module: Module, entered: set[str]) -> Iterator[Module]:
        """A module after all that it imports."""
        entered.add(module.name)
        for imported in module.imports.values():
            found = self._package.module(imported.inner) or self._package.module(imported.module)
            if found and found.name not in entered:
                yield from self._in_order(found, entered)
        yield module
