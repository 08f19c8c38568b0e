"""An exported notebook is valid, reads from top to bottom, and ends with the numbers of its trainer."""

import contextlib
import io
import json
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from moe_core.export import notebook_of
from tests.moe_core.cases import train
from tests.moe_core.export.runs import NUM_STEPS, choices, eventful, numbers_of, small


def run_cells(notebook: str) -> dict[str, Any]:
    """Run the code cells one after the other in one namespace; returns the last line that was printed."""
    namespace: dict[str, Any] = {"__name__": "__main__"}
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        for cell in json.loads(notebook)["cells"]:
            if cell["cell_type"] == "code":
                exec("".join(cell["source"]), namespace)
    numbers: dict[str, Any] = json.loads(printed.getvalue().splitlines()[-1])
    return numbers


@pytest.mark.parametrize("settings", choices(), ids=str)
def test_the_cells_train_the_same_run(settings: dict[str, object]) -> None:
    trainer = train(small(settings), NUM_STEPS)
    assert run_cells(notebook_of(trainer)) == numbers_of(trainer)


def test_the_cells_give_each_command_at_its_step() -> None:
    trainer = eventful({"router": "noisy_top_k", "balancer": "importance_and_load+z_loss", "optimizer": "sgd"})
    assert run_cells(notebook_of(trainer)) == numbers_of(trainer)


@pytest.mark.slow
def test_jupyter_runs_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In a folder of its own, where it finds nothing of this repository and leaves nothing elsewhere."""
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    trainer = eventful({})
    notebook = nbformat.reads(notebook_of(trainer), as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(tmp_path)}}).execute()
    printed = notebook.cells[-1].outputs[0].text
    assert json.loads(printed.splitlines()[-1]) == numbers_of(trainer)


def test_it_is_valid_and_the_same_each_time() -> None:
    text = notebook_of(eventful({}))
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert len({cell.id for cell in notebook.cells}) == len(notebook.cells)
    assert text == notebook_of(eventful({}))


def test_words_stand_before_code_and_parts_in_their_order() -> None:
    cells = json.loads(notebook_of(train(small({}), 3)))["cells"]
    assert cells[0]["source"][0].startswith("# A mixture of experts and two plain networks after 3 steps")
    words = ["".join(cell["source"]) for cell in cells if cell["cell_type"] == "markdown"]
    titles = [text.splitlines()[0].removeprefix("## ") for text in words if text.startswith("## ")]
    assert titles == [
        "Random numbers",
        "Data",
        "Router",
        "Experts",
        "Two plain networks",
        "Balance",
        "Optimizer",
        "Training loop",
        "The run",
        "Result",
    ]
    (place,) = [number for number, cell in enumerate(cells) if "`moe_core/routers/top_k.py`" in cell["source"][0]]
    assert "    h = W x + b,   p = softmax(h)\n" in cells[place]["source"]
    assert "class TopKRouter(LinearRouter):\n" in cells[place + 1]["source"]
