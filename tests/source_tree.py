"""Reads a source tree without running any of it: which files it has, and what they import."""

import ast
import os
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent

NOT_SOURCE = {".git", ".venv", "__pycache__", ".mypy_cache", ".pytest_cache", ".ruff_cache"}


def source_files(root: Path) -> Iterator[Path]:
    """The files of the repository, without the environment and the caches that live beside them."""
    for folder, folders, names in os.walk(root):
        folders[:] = sorted(set(folders) - NOT_SOURCE)
        yield from (Path(folder, name) for name in sorted(set(names) - NOT_SOURCE))


def inside(name: str, package: str) -> bool:
    """Whether a dotted name is that package, or something in it."""
    return name == package or name.startswith(package + ".")


@dataclass(frozen=True)
class Import:
    """One imported name, such as `moe_core.config.RunConfig`: a module, or something in one."""

    name: str
    line: int
    runs: bool
    """False under `if TYPE_CHECKING`, where an import loads nothing."""


@dataclass(frozen=True)
class SourceTree:
    """The Python modules under a root, named from it: `moe_core.config.run`, `pages.lab.playground`."""

    root: Path

    @cached_property
    def modules(self) -> dict[str, Path]:
        python = (path for path in source_files(self.root) if path.suffix == ".py")
        names = {path: ".".join(path.relative_to(self.root).with_suffix("").parts) for path in python}
        return {name.removesuffix(".__init__"): path for path, name in names.items()}

    @cached_property
    def imports(self) -> dict[str, list[Import]]:
        return {module: list(read_imports(module, path)) for module, path in self.modules.items()}

    def loaded_by(self, name: str) -> list[str]:
        """The modules of this tree that importing a name runs: every package on the way, then the module itself."""
        parts = name.split(".")
        on_the_way = (".".join(parts[:length]) for length in range(1, len(parts) + 1))
        return [module for module in on_the_way if module in self.modules]

    def way_to(self, start: str, goals: tuple[str, ...]) -> list[str] | None:
        """The shortest chain of imports that run, from a module of this tree to one of the goals, or None."""
        ways = {module: [module] for module in self.loaded_by(start)}
        waiting = deque(ways)
        while waiting:
            module = waiting.popleft()
            for imported in self.imports[module]:
                if not imported.runs:
                    continue
                if any(inside(imported.name, goal) for goal in goals):
                    return [*ways[module], imported.name]
                for loaded in self.loaded_by(imported.name):
                    if loaded not in ways:
                        ways[loaded] = [*ways[module], loaded]
                        waiting.append(loaded)
        return None


def read_imports(module: str, path: Path) -> Iterator[Import]:
    """Every import in a file, inside functions too, with relative ones made absolute."""
    parsed = ast.parse(path.read_text(encoding="utf-8"), filename=str(path))
    for_types = {id(node) for block in ast.walk(parsed) for node in statements_for_types(block)}
    package = module.split(".") if path.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(parsed):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) + 1 - node.level] if node.level else []
            source = [*above, node.module] if node.module else above
            names = [".".join([*source, alias.name]) for alias in node.names]
        else:
            continue
        yield from (Import(name, node.lineno, runs=id(node) not in for_types) for name in names)


def statements_for_types(node: ast.AST) -> Iterator[ast.AST]:
    """What stands under `if TYPE_CHECKING`."""
    if isinstance(node, ast.If) and isinstance(node.test, ast.Name) and node.test.id == "TYPE_CHECKING":
        for statement in node.body:
            yield from ast.walk(statement)
