"""What the repository promises outside its code: its licence, its pins, its commands."""

import os
import re

import pytest

from tests.source_tree import ROOT, SourceTree, source_files

SHIPPED = ("app", "pages", "ui", "server", "moe_core")
IMPORT_NAMES = {"scikit-learn": "sklearn", "tomli-w": "tomli_w"}

# In two halves, so that this file does not mention them itself.
DEVELOPERS_FOLDERS = ("/" + "work/", "/" + "root/")


def pins(name: str) -> list[str]:
    """The lines of a requirements file that ask for a package."""
    lines = (line.strip() for line in (ROOT / name).read_text(encoding="utf-8").splitlines())
    return [line for line in lines if line and not line.startswith(("#", "-r "))]


def test_license_is_mit() -> None:
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert text.startswith("MIT License\n\nCopyright (c) 2026 MoE Lab contributors\n")


@pytest.mark.parametrize("name", ["requirements.txt", "requirements-dev.txt", "requirements-oracles.txt"])
def test_requirements_are_pinned_exactly(name: str) -> None:
    assert [pin for pin in pins(name) if not re.fullmatch(r"[a-z0-9-]+==[0-9]+(\.[0-9]+)+", pin)] == []


def test_every_requirement_is_imported_by_shipped_code() -> None:
    tree = SourceTree(ROOT)
    imported = {
        imported.name.split(".")[0]
        for module, imports in tree.imports.items()
        for imported in imports
        if module.split(".")[0] in SHIPPED
    }
    packages = [pin.split("==")[0] for pin in pins("requirements.txt")]
    assert [package for package in packages if IMPORT_NAMES.get(package, package) not in imported] == []


def test_oracles_are_for_measuring_and_testing_only() -> None:
    """They come without dependencies, so they may not share a package with the app, and no shipped code may use one."""
    packages = {pin.split("==")[0] for pin in pins("requirements-oracles.txt")}
    assert not packages & {pin.split("==")[0] for pin in pins("requirements.txt") + pins("requirements-dev.txt")}
    names = {package.replace("-", "_") for package in packages}
    users = {
        module.split(".")[0]
        for module, imports in SourceTree(ROOT).imports.items()
        for imported in imports
        if imported.name.split(".")[0] in names
    }
    assert users == {"benchmarks", "tests"}


def test_no_file_names_a_folder_of_a_developer() -> None:
    files = [path for path in source_files(ROOT) if path.is_file()]
    assert [
        f"{path.relative_to(ROOT)} mentions {folder}"
        for path in files
        for folder in DEVELOPERS_FOLDERS
        if folder.encode() in path.read_bytes()
    ] == []


def makefile_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def commands_named_in(text: str) -> set[str]:
    """Targets that a Markdown text tells the reader to make, in its code blocks and code spans."""
    code = re.findall(r"```.*?```|`[^`]+`|^    [^\n]+", text, re.DOTALL | re.MULTILINE)
    return {target for part in code for target in re.findall(r"\bmake (?:[A-Z]+=\S+ )*([a-z]+)", part)}


def test_readme_names_only_commands_that_exist() -> None:
    named = commands_named_in((ROOT / "README.md").read_text(encoding="utf-8"))
    assert named
    assert named <= makefile_targets()


def test_commands_are_found_in_code_only() -> None:
    text = "To make sure, run `PORT=8600 make app` or\n```\nmake PYTHON=python3.12 test\n```\n\n    make bench\n"
    assert commands_named_in(text) == {"app", "test", "bench"}


def test_continuous_integration_runs_what_a_person_runs() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert "make test" in script.read_text(encoding="utf-8")


def test_every_command_is_listed_by_make_help() -> None:
    lines = (ROOT / "Makefile").read_text(encoding="utf-8").splitlines()
    assert [line for line in lines if re.match(r"[a-z]+:", line) and "## " not in line] == []
