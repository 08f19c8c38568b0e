"""A package read as text: what each module's names are bound to, and which names a piece of source looks up."""

import ast
import symtable
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from importlib.util import resolve_name
from pathlib import Path


@dataclass(frozen=True, order=True)
class Import:
    """`from module import name as bound`, or `import module as bound` where name is empty."""

    module: str
    name: str
    bound: str

    @property
    def inner(self) -> str:
        """The module that it brings, if what it brings is a module."""
        return f"{self.module}.{self.name}" if self.name else self.module

    def __str__(self) -> str:
        text = f"from {self.module} import {self.name}" if self.name else f"import {self.module}"
        unnamed = self.name or self.module.split(".")[0]
        return text if self.bound == unnamed else f"{text} as {self.bound}"


class Module:
    """One file of source. Imports under `if TYPE_CHECKING` bind nothing, as when Python runs it.

    package is where its relative imports begin, if it has any.

    imports       what its imports bind, by bound name
    definitions   where each other name is defined, as a place among the file's statements
    """

    def __init__(self, name: str, source: str, package: str = "") -> None:
        tree = ast.parse(source)
        self.name = name
        self.docstring = ast.get_docstring(tree) or ""
        self.imports = {found.bound: found for statement in tree.body for found in _imports(statement, package)}
        self.definitions = {bound: place for place, node in enumerate(tree.body) for bound in _defines(node)}
        self._lines = source.splitlines()
        self._statements = tree.body

    def text(self, place: int) -> str:
        """A definition as it stands there: the comment above, the decorators, and the docstring under a constant."""
        first, last = self._span(place)
        return "\n".join(self._lines[first:last])

    def blank_lines(self, place: int, other: int) -> int:
        """How many lines to leave between two definitions of this file: as many as there, if nothing else is there."""
        between = self._lines[self._span(place)[1] : self._span(other)[0]]
        if not any(between):
            return len(between)
        functions = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)
        return 2 if {type(self._statements[place]), type(self._statements[other])}.intersection(functions) else 1

    def _span(self, place: int) -> tuple[int, int]:
        """The lines of a definition, from the first to before the last."""
        node, following = self._statements[place], self._statements[place + 1 : place + 2]
        first = min(part.lineno for part in [node, *getattr(node, "decorator_list", [])]) - 1
        while first > 0 and self._lines[first - 1].startswith("#"):
            first -= 1
        is_docstring = following and isinstance(following[0], ast.Expr) and isinstance(following[0].value, ast.Constant)
        return first, (following[0] if is_docstring else node).end_lineno or 0


class Package:
    """A package in a folder. Its modules are parsed when they are asked for, once."""

    def __init__(self, folder: Path) -> None:
        self.name = folder.name
        self._root = folder.parent
        self._modules: dict[str, Module | None] = {}

    def module(self, name: str) -> Module | None:
        """A module by its dotted name, or None for one that is not in this package."""
        if name not in self._modules:
            self._modules[name] = self._read(name)
        return self._modules[name]

    def source_of(self, imported: Import) -> Module | tuple[Module, str] | Import:
        """What an import means: a module of this package, a definition in one of them, or an import from elsewhere.

        Raises ValueError when nothing is there.
        """
        if imported.module.split(".")[0] != self.name:
            return imported
        module = self.module(imported.module)
        if module and imported.name in module.definitions:
            return module, imported.name
        if module and imported.name in module.imports:
            return self.source_of(module.imports[imported.name])
        inner = self.module(imported.inner)
        if inner is None:
            raise ValueError(f"{imported} cannot be followed: {imported.module} defines no {imported.name}.")
        return inner

    def _read(self, name: str) -> Module | None:
        path = self._root.joinpath(*name.split("."))
        around = name.rpartition(".")[0]
        for file, package in ((path.with_name(f"{path.name}.py"), around), (path / "__init__.py", name)):
            if name.split(".")[0] == self.name and file.is_file():
                return Module(name, file.read_text(encoding="utf-8"), package)
        return None


@dataclass(frozen=True)
class Names:
    """looked_up: the names that a piece of source looks up outside of its functions, in its module or in Python.
    bound: those that it gives a meaning there. local: those that its functions and classes bind for themselves."""

    looked_up: set[str]
    bound: set[str]
    local: set[str]


@lru_cache(maxsize=1024)
def names_in(source: str) -> Names:
    """Ask Python's compiler. The answers are kept, since every export asks about the same definitions."""
    outside = symtable.symtable(source, "<source>", "exec")
    inside = list(outside.get_children())
    for table in inside:
        inside += table.get_children()
    looked_up = {symbol.get_name() for symbol in outside.get_symbols() if symbol.is_referenced()}
    looked_up |= {symbol.get_name() for table in inside for symbol in table.get_symbols() if symbol.is_global()}
    return Names(
        looked_up=looked_up | _names_in_annotations(source),
        bound={symbol.get_name() for symbol in outside.get_symbols() if symbol.is_assigned()},
        local={symbol.get_name() for table in inside for symbol in table.get_symbols() if symbol.is_local()},
    )


@lru_cache(maxsize=1024)
def modules_imported_in(source: str, package: str) -> set[str]:
    """The modules that a piece of source imports, or imports from, wherever in it."""
    statements = [node for node in ast.walk(ast.parse(source)) if isinstance(node, ast.stmt)]
    return {found.module for statement in statements for found in _imports(statement, package)}


def without_prefix(source: str, prefix: str) -> tuple[str, set[str]]:
    """Source that says `decode` where it said `drawing.decode`, for a module `drawing`; and each name that it said so.

    Raises ValueError where the module itself is used.
    """
    lines = source.encode().split(b"\n")  # Bytes, since that is how `ast` counts columns.
    nodes = list(ast.walk(ast.parse(source)))
    uses = [node for node in nodes if isinstance(node, ast.Name) and node.id == prefix]
    attributes = [node for node in nodes if isinstance(node, ast.Attribute) and node.value in uses]
    if len(attributes) < len(uses):
        raise ValueError(f"The module {prefix} is used as a whole, but nothing will be left of it but its definitions.")
    for node in sorted(attributes, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        line, start = node.lineno - 1, node.col_offset
        lines[line] = lines[line][:start] + lines[line][start:].removeprefix(f"{prefix}.".encode())
    return b"\n".join(lines).decode(), {node.attr for node in attributes}


def _imports(statement: ast.stmt, package: str) -> Iterator[Import]:
    """What an import statement binds; nothing for another statement."""
    if isinstance(statement, ast.Import):
        for alias in statement.names:
            yield Import(alias.name, "", alias.asname or alias.name.split(".")[0])
    elif isinstance(statement, ast.ImportFrom):
        module = resolve_name("." * statement.level + (statement.module or ""), package)
        for alias in statement.names:
            yield Import(module, alias.name, alias.asname or alias.name)


def _defines(statement: ast.stmt) -> Iterator[str]:
    """The names that a definition binds; nothing for a statement that is none."""
    if isinstance(statement, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
        yield statement.name
    elif isinstance(statement, ast.Assign | ast.AnnAssign):
        targets = statement.targets if isinstance(statement, ast.Assign) else [statement.target]
        for target in targets:
            yield from (node.id for node in ast.walk(target) if isinstance(node, ast.Name))


def _names_in_annotations(source: str) -> set[str]:
    """Read apart, since from Python 3.14 on annotations are evaluated in a scope of their own."""
    nodes = list(ast.walk(ast.parse(source)))
    annotations = [getattr(node, field, None) for node in nodes for field in ("annotation", "returns")]
    return {
        node.id
        for annotation in annotations
        if isinstance(annotation, ast.AST)
        for node in ast.walk(annotation)
        if isinstance(node, ast.Name)
    }
