"""scripts/environment.sh: pip runs when it must and only then, and what is missing is said in one sentence."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.source_tree import ROOT

RECORDING_PYTHON = """#!/bin/sh
echo "$@" >>calls
"""
OLD_PYTHON = """#!/bin/sh
case "$2" in *platform*) echo 3.9.18 ;; *) exit 1 ;; esac
"""
PYTHON_WITHOUT_VENV = """#!/bin/sh
case "$2" in *ensurepip*) exit 1 ;; esac
"""
PYTHON_WHERE_PIP_FAILS = """#!/bin/sh
case "$2" in pip) exit 1 ;; esac
"""


def write_program(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A checkout with an environment already made, whose Python only writes down how it was called."""
    (tmp_path / "requirements.txt").write_text("numpy==2.4.6\n")
    (tmp_path / "requirements-dev.txt").write_text("-r requirements.txt\npytest==9.2.0\n")
    (tmp_path / "requirements-oracles.txt").write_text("einops==0.8.2\n")
    shutil.copytree(ROOT / "scripts", tmp_path / "scripts")
    write_program(tmp_path / ".venv" / "bin" / "python", RECORDING_PYTHON)
    return tmp_path


def prepare(checkout: Path, requirements: str, *options: str, python: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        ["sh", "scripts/environment.sh", requirements, *options],
        cwd=checkout,
        env={"PATH": "/usr/bin:/bin", "PYTHON": python},
        capture_output=True,
        text=True,
        check=False,
    )


def installs(checkout: Path) -> int:
    return (checkout / "calls").read_text().count("-m pip install")


def test_second_time_starts_no_pip(checkout: Path) -> None:
    assert prepare(checkout, "requirements.txt").returncode == 0
    assert installs(checkout) == 1
    again = prepare(checkout, "requirements.txt")
    assert (again.returncode, again.stdout, again.stderr) == (0, "", "")
    assert installs(checkout) == 1


def test_changed_requirements_are_installed(checkout: Path) -> None:
    prepare(checkout, "requirements-dev.txt")
    (checkout / "requirements.txt").write_text("numpy==2.4.7\n")
    prepare(checkout, "requirements-dev.txt")
    assert installs(checkout) == 2


def test_development_requirements_hold_those_of_the_app(checkout: Path) -> None:
    prepare(checkout, "requirements-dev.txt")
    prepare(checkout, "requirements.txt")
    assert installs(checkout) == 1
    prepare(checkout, "requirements-dev.txt")
    assert installs(checkout) == 1


def test_oracles_are_installed_beside_the_others_and_without_dependencies(checkout: Path) -> None:
    for _ in range(2):
        assert prepare(checkout, "requirements-dev.txt").returncode == 0
        assert prepare(checkout, "requirements-oracles.txt", "--no-deps").returncode == 0
    assert installs(checkout) == 2
    assert "--no-deps -r requirements-oracles.txt\n" in (checkout / "calls").read_text()


def test_failed_install_is_tried_again(checkout: Path) -> None:
    python = checkout / ".venv" / "bin" / "python"
    write_program(python, PYTHON_WHERE_PIP_FAILS)
    failed = prepare(checkout, "requirements.txt")
    assert failed.returncode == 1
    assert failed.stderr == (
        "pip could not install requirements.txt: its own message is above. The same command goes on from here.\n"
    )
    write_program(python, RECORDING_PYTHON)
    assert prepare(checkout, "requirements.txt").returncode == 0
    assert installs(checkout) == 1


@pytest.mark.parametrize(
    ("python", "sentence"),
    [
        (OLD_PYTHON, "MoE Lab needs Python 3.11 to 3.14 and ./fake is 3.9.18: install one of these, or name one with "),
        (None, "MoE Lab needs Python 3.11 to 3.14 and ./fake is not there: install one of these, or name one with "),
        (PYTHON_WITHOUT_VENV, "./fake has no venv module: install it (python3-venv on Debian and Ubuntu), or name "),
    ],
)
def test_unfit_python_is_said_in_one_sentence(checkout: Path, python: str | None, sentence: str) -> None:
    shutil.rmtree(checkout / ".venv")
    if python:
        write_program(checkout / "fake", python)
    refused = prepare(checkout, "requirements.txt", python="./fake")
    assert refused.returncode == 1
    assert refused.stderr.startswith(sentence)
    assert refused.stderr.count("\n") == 1
    assert not (checkout / ".venv").exists()
