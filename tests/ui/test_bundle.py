"""Modules joined into one are what they were apart, and what is not understood is refused."""

import json
from pathlib import Path

import pytest

from tests.source_tree import ROOT
from ui.bundle import Line, join
from ui.source_map import DIGITS, source_map

VIEW = ROOT / "assets" / "live_view"


def joined(folder: Path, **files: str) -> list[Line]:
    """The lines that the files make, joined from main.js on. In their names, a dot is written as two underscores."""
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
    return join(folder / "main.js")


def test_every_module_and_style_sheet_of_the_view_is_in_the_joined_file_with_every_line():
    lines = join(VIEW / "main.js")
    modules = {path.name: path.read_text(encoding="utf-8").splitlines() for path in VIEW.glob("*.js")}
    assert {line.source for line in lines if line.source} == set(modules)
    for line in lines:
        if line.source and line.text and not line.text.startswith("const {"):
            apart = modules[line.source][line.number - 1]
            assert line.text == apart.removeprefix("export ")
    text = "\n".join(line.text for line in lines)
    for path in (VIEW / "styles").glob("*.css"):
        assert f'modules["styles/{path.name}"] = ' in text


def test_a_module_stands_behind_those_that_it_imports_and_once(tmp_path):
    lines = joined(
        tmp_path,
        main__js='import { b } from "./b.js";\nimport { c } from "./c.js";\nexport const main = b + c;\n',
        b__js='import { c } from "./c.js";\nexport const b = c;\n',
        c__js="export const c = 1;\n",
    )
    begins = [line.text for line in lines if line.text.endswith("(() => {")]
    assert begins == [f'modules["{name}.js"] = (() => {{' for name in ("c", "b", "main")]


def test_each_form_of_import_and_export_becomes_what_it_means(tmp_path):
    lines = joined(
        tmp_path,
        main__js=(
            'import {\n  one,\n  two as second,\n} from "./other.js";\n'
            'import "./other.js";\n'
            'import words from "./words.json" with { type: "json" };\n'
            'import sheet from "./sheet.css" with { type: "css" };\n'
            "export async function main() {}\n"
        ),
        other__js="export function one() {}\nexport class two {}\nexport const three = 3;\n",
        words__json='{"a": 1}',
        sheet__css="p { color: red }",
    )
    own = [line.text for line in lines if line.source == "main.js"]
    assert own == [
        *('const { one, two: second } = modules["other.js"];', "", "", ""),
        'const {  } = modules["other.js"];',
        'const { default: words } = modules["words.json"];',
        'const { default: sheet } = modules["sheet.css"];',
        "async function main() {}",
    ]
    texts = [line.text for line in lines]
    assert "return { one, two, three }; })();" in texts
    assert 'modules["words.json"] = { default: {"a": 1} };' in texts
    assert 'modules["sheet.css"] = { default: styleSheet("p { color: red }") };' in texts
    assert texts[-1] == 'export const { main } = modules["main.js"];'


@pytest.mark.parametrize(
    "line",
    [
        'import * as other from "./other.js";',
        'import other from "./other.js";',
        'import { one } from "./other.js"',
        'import words from "./words.json";',
        'import { one } from "other";',
        'const other = await import("./other.js");',
        "const here = import.meta.url;",
        "export default function main() {}",
        "export { one };",
        'export * from "./other.js";',
        "export let one = 1;",
        "export const { one } = { one: 1 };",
        "export function* one() {}",
    ],
)
def test_what_is_not_understood_is_refused(tmp_path, line):
    with pytest.raises(ValueError, match=r"main.js, line 2: this form of import or export is not understood: "):
        joined(tmp_path, main__js=f"// first\n{line}\n", other__js="export const one = 1;\n", words__json="{}")


def test_a_name_that_is_not_exported_cannot_be_imported(tmp_path):
    with pytest.raises(ValueError, match=r"^main.js, line 1: other.js does not export two.$"):
        joined(
            tmp_path, main__js='import { one, two } from "./other.js";\n', other__js="export const one = 1, two = 2;\n"
        )


def test_modules_that_import_each_other_are_refused(tmp_path):
    with pytest.raises(ValueError, match=r"in a circle: main.js -> other.js -> main.js.$"):
        joined(tmp_path, main__js='import "./other.js";\n', other__js='import "./main.js";\n')


def numbers(digits: str) -> list[int]:
    """The whole numbers that base-64 digits of a source map stand for."""
    found, number, shift = [], 0, 0
    for digit in map(DIGITS.index, digits):
        number |= (digit & 31) << shift
        shift += 5
        if not digit & 32:
            found.append(-(number >> 1) if number & 1 else number >> 1)
            number = shift = 0
    return found


def test_the_source_map_names_the_file_and_line_of_each_line():
    lines = join(VIEW / "main.js")
    written = json.loads(source_map(lines))
    assert written["version"] == 3
    place = [0, 0]
    mapped = []
    for mapping in written["mappings"].split(";"):
        if mapping:
            column, file, line, source_column = numbers(mapping)
            assert column == source_column == 0
            place = [place[0] + file, place[1] + line]
        mapped.append((written["sources"][place[0]], place[1] + 1) if mapping else (None, 0))
    assert mapped == [(line.source, line.number) for line in lines]


def test_whole_numbers_are_written_in_base_64():
    lines = [Line("", "a", number) for number in (1, 2, 18, 1)]
    assert source_map(lines).endswith('"mappings": "AAAA;AACA;AAgBA;AAjBA"}')
