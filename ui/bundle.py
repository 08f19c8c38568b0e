"""Joins the modules of a folder into one, so that a browser asks once and not eighty times.

Each module becomes a function that is called once, in the order in which a browser would call them; what the module
exports is what the function returns. Lines stay lines, so that a source map need only say which line of which file each
one is. The modules remain what a browser also runs one by one. Only the forms of import and export below are
understood, each at the beginning of a line; any other is refused.
"""

import json
import posixpath
import re
from pathlib import Path
from typing import NamedTuple

IMPORT = re.compile(
    r'^import (?:(?P<own>\w+) from |\{(?P<names>[^{}]+)\} from )?"(?P<path>\.[^"]+)"'
    r'(?: with \{ type: "(?P<type>json|css)" \})?;$',
    re.MULTILINE,
)
EXPORT = re.compile(r"^export (?P<declaration>(?:(?:async )?function|class|const) (?P<name>\w+)\b)", re.MULTILINE)
NOT_UNDERSTOOD = re.compile(r"^\s*(?:import|export)\b.*|^.*\bimport\s*[.(].*", re.MULTILINE)

BEGINNING = """\
// All files of the live view as one, joined by the server. Its source map shows the modules one by one.
const modules = {};
function styleSheet(text) {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(text);
  return sheet;
}
"""


class Line(NamedTuple):
    """A line of the joined file. What the joining itself adds is of no source."""

    text: str
    source: str | None = None
    number: int = 0


class Import(NamedTuple):
    """The line on which a module imports names from another one."""

    number: int
    module: str
    names: list[str]


class Module(NamedTuple):
    """A module as it stands in the joined file, and what it takes from others and offers to them."""

    lines: list[Line]
    imports: list[Import]
    exports: list[str]


def join(entry: Path) -> list[Line]:
    """The lines of one module that exports what `entry` does, with all that it imports from its folder."""
    modules: dict[str, Module] = {}
    _collect(entry.parent, entry.name, modules, [])
    lines = [Line(text) for text in BEGINNING.splitlines()]
    for module in modules.values():
        lines += module.lines
    names = ", ".join(modules[entry.name].exports)
    return [*lines, Line(f'export const {{ {names} }} = modules["{entry.name}"];')]


def _collect(folder: Path, name: str, modules: dict[str, Module], importers: list[str]) -> None:
    """Add a module behind all that it imports."""
    if name in importers:
        raise ValueError(f"Modules import each other in a circle: {' -> '.join([*importers, name])}.")
    if name in modules:
        return
    module = _read(folder, name)
    for number, other, names in module.imports:
        _collect(folder, other, modules, [*importers, name])
        for missing in set(names) - set(modules[other].exports):
            raise ValueError(f"{name}, line {number}: {other} does not export {missing}.")
    modules[name] = module


def _read(folder: Path, name: str) -> Module:
    text = (folder / name).read_text(encoding="utf-8")
    if name.endswith(".json"):
        return _value(name, json.dumps(json.loads(text)))
    if name.endswith(".css"):
        return _value(name, f"styleSheet({json.dumps(text)})")
    return _script(name, text)


def _value(name: str, expression: str) -> Module:
    return Module([Line(f'modules["{name}"] = {{ default: {expression} }};')], [], ["default"])


def _script(name: str, text: str) -> Module:
    imports: list[Import] = []
    exports: list[str] = []

    def take(found: re.Match[str]) -> str:
        imported, taken = _import(name, found)
        imports.append(imported)
        return taken + "\n" * found[0].count("\n")

    def declare(found: re.Match[str]) -> str:
        exports.append(found["name"])
        return found["declaration"]

    text = EXPORT.sub(declare, IMPORT.sub(take, text))
    if found := NOT_UNDERSTOOD.search(text):
        raise _refusal(name, found)
    lines = [Line(line, name, number) for number, line in enumerate(text.splitlines(), start=1)]
    begins, ends = f'modules["{name}"] = (() => {{', f"return {{ {', '.join(exports)} }}; }})();"
    return Module([Line(begins), *lines, Line(ends)], imports, exports)


def _import(importer: str, found: re.Match[str]) -> tuple[Import, str]:
    """What a statement imports, and the statement that takes its place."""
    module = posixpath.normpath(posixpath.join(posixpath.dirname(importer), found["path"]))
    if posixpath.splitext(module)[1] != f".{found['type'] or 'js'}" or (found["own"] and not found["type"]):
        raise _refusal(importer, found)
    pairs = [["default", found["own"]]] if found["own"] else []
    pairs += [name.split(" as ") for name in re.split(r",\s*", (found["names"] or "").strip()) if name]
    taken = ", ".join(": ".join(pair) for pair in pairs)
    return Import(_line(found), module, [pair[0] for pair in pairs]), f'const {{ {taken} }} = modules["{module}"];'


def _line(found: re.Match[str]) -> int:
    return found.string.count("\n", 0, found.start()) + 1


def _refusal(name: str, found: re.Match[str]) -> ValueError:
    form = found[0].strip()
    return ValueError(f"{name}, line {_line(found)}: this form of import or export is not understood: {form}")
