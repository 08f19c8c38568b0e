"""The source of something of the core, as it stands in its file. It is read and not imported: no page loads torch."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Source:
    """text: the lines of one function or class, or some of them. path: of its file, from the root. line: the first."""

    text: str
    path: str
    line: int


@cache
def source_of(module: str, name: str, giving: str | None = None) -> Source:
    """The function or class `name` of a module such as moe_core.losses; a method as Class.method.

    giving: of a function only the lines in which this name is given a value, from its first assignment to its last; or,
    where it has none, the argument of this name. Raises ValueError for a name that is not there.
    """
    path = Path(*module.split(".")).with_suffix(".py")
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    node: ast.AST = ast.parse("\n".join(lines))
    for part in name.split("."):
        node = _defined(node, part, f"{module} has no {name}")
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    first, last = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]), node.end_lineno
    if giving is not None:
        spans = list(_assignments(node, giving)) or list(_arguments(node, giving))
        if not spans:
            raise ValueError(f"{name} of {module} gives no value to {giving}")
        first, last = min(start for start, _ in spans), max(end for _, end in spans)
    own = lines[first - 1 : last]
    indent = len(own[0]) - len(own[0].lstrip())
    return Source("\n".join(line[indent:] for line in own), path.as_posix(), first)


def _defined(node: ast.AST, name: str, problem: str) -> ast.AST:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef) and child.name == name:
            return child
    raise ValueError(problem)


def _assignments(function: ast.AST, name: str) -> Iterator[tuple[int, int]]:
    """First and last line of each statement that gives a name its value."""
    for node in ast.walk(function):
        if isinstance(node, ast.Assign | ast.AugAssign | ast.AnnAssign):
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            names = [part for target in targets for part in ast.walk(target)]
            if any(isinstance(part, ast.Name) and part.id == name for part in names):
                yield node.lineno, node.end_lineno or node.lineno


def _arguments(function: ast.AST, name: str) -> Iterator[tuple[int, int]]:
    """First and last line of each argument of that name, in any call."""
    for node in ast.walk(function):
        if isinstance(node, ast.keyword) and node.arg == name:
            yield node.lineno, node.end_lineno or node.lineno
