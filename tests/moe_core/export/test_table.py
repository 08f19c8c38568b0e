"""A run on a person's own table takes the table with it."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from moe_core.config import RunConfig
from moe_core.export import notebook_of, script_of
from moe_core.trainer import Trainer
from tests.moe_core.cases import train
from tests.moe_core.export.runs import NUM_STEPS, numbers_of
from tests.moe_core.own_table import DIGEST, classes_table, have, values_table


@pytest.fixture(params=[classes_table(), values_table()], ids=["classes", "values"])
def on_a_table(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Trainer:
    """A run on a table of this machine."""
    have(monkeypatch, request.param)
    settings = {"task": "csv", "table": DIGEST, "noise": 0.1, "num_experts": 4, "batch_size": 32}
    return train(Trainer(RunConfig.from_settings(settings)), NUM_STEPS)


@pytest.mark.slow
def test_a_script_on_a_table_trains_the_same_run_where_there_is_no_table(on_a_table: Trainer, tmp_path: Path) -> None:
    path = tmp_path / "run.py"
    path.write_text(script_of(on_a_table), encoding="utf-8")
    printed = subprocess.run([sys.executable, "-I", path], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert json.loads(printed.stdout.splitlines()[-1]) == numbers_of(on_a_table)


def test_a_notebook_on_a_table_holds_the_table(on_a_table: Trainer) -> None:
    cells = ["".join(cell["source"]) for cell in json.loads(notebook_of(on_a_table))["cells"]]
    assert sum("unpacked(" in cell for cell in cells) == 1
    assert not any("tables.load" in cell for cell in cells)


def test_a_table_that_is_gone_is_said(on_a_table: Trainer, monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, None)
    with pytest.raises(ValueError, match=f"There is no table {DIGEST} here"):
        script_of(on_a_table)
