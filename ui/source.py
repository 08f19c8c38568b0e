"""The source of something of the core, as it stands in its file. It is read and not imported: no page loads torch."""

import ast
from dataclasses import dataclass
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Source:
    """text: the lines of one function or class. path: of its file, from the root. line: its first line there."""

    text: str
    path: str
    line: int


@cache
def source_of(module: str, name: str) -> Source:
    """The function or class `name` of a module such as moe_core.losses; a method as Class.method.

    Raises ValueError for a name that is not there.
    """
    path = Path(*module.split(".")).with_suffix(".py")
    lines = (ROOT / path).read_text(encoding="utf-8").splitlines()
    node: ast.AST = ast.parse("\n".join(lines))
    for part in name.split("."):
        node = _defined(node, part, f"{module} has no {name}")
    assert isinstance(node, ast.FunctionDef | ast.ClassDef)
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    own = lines[first - 1 : node.end_lineno]
    indent = len(own[0]) - len(own[0].lstrip())
    return Source("\n".join(line[indent:] for line in own), path.as_posix(), first)


def _defined(node: ast.AST, name: str, problem: str) -> ast.AST:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.ClassDef) and child.name == name:
            return child
    raise ValueError(problem)
