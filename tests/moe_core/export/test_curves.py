"""The curves as CSV hold the numbers of the history, each under the name that the screen has for it."""

import csv
import io

import numpy as np
import pytest

from moe_core.export import metrics_csv
from moe_core.history import History
from tests.moe_core.cases import train
from tests.moe_core.export.runs import small


def parsed(text: str) -> tuple[list[str], np.ndarray]:
    """The header, and the fields as float32: NaN where one is empty."""
    header, *rows = csv.reader(io.StringIO(text))
    return header, np.array([[float(field) if field else np.nan for field in row] for row in rows], dtype=np.float32)


def test_the_numbers_are_read_back_the_same() -> None:
    trainer = train(small({"task": "piecewise"}), 35)
    header, rows = parsed(metrics_csv(trainer.history.rows(), trainer.history.loads()))
    assert header == [*History.COLUMNS, "load_1", "load_2", "load_3", "load_4"]
    assert np.array_equal(rows, np.hstack([trainer.history.rows(), trainer.history.loads()]), equal_nan=True)
    assert rows[:, 0].tolist() == [0, 10, 20, 30]


def test_a_field_is_empty_where_nothing_was_measured() -> None:
    """Before the first step there is no batch, and an expert that was added had no load before."""
    trainer = train(small({}), 10)
    trainer.do("add")
    train(trainer, 10)
    before, *_, after = csv.DictReader(io.StringIO(metrics_csv(trainer.history.rows(), trainer.history.loads())))
    assert before["train_loss"] == before["load_5"] == ""
    assert float(before["test_loss"]) > 0
    assert float(after["train_loss"]) > 0
    assert after["load_5"] == "0.0"


@pytest.mark.parametrize("number", [0.1, 1e-30, 3.4e38, 1 / 3])
def test_a_number_has_the_digits_that_float32_needs(number: float) -> None:
    history = History(spacing=10, num_experts=2)
    history.append(np.array([1.0, 0.0]), **dict.fromkeys(History.COLUMNS, number) | {"step": 16_000_000})
    header, (row,) = parsed(metrics_csv(history.rows(), history.loads()))
    assert row[header.index("test_loss")] == np.float32(number)
    assert metrics_csv(history.rows(), history.loads()).splitlines()[1].startswith("16000000,")


def test_no_rows_leave_the_header() -> None:
    empty = History(spacing=10, num_experts=1)
    assert metrics_csv(empty.rows(), empty.loads()) == ",".join([*History.COLUMNS, "load_1"]) + "\n"
