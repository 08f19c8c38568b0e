"""A person's own table as a task."""

import numpy as np
import pytest
import torch

from moe_core.config.task import CsvConfig
from moe_core.tasks import Task, build_task
from tests.moe_core.own_table import DIGEST, OwnTable, classes_table, have, values_table


def built(monkeypatch: pytest.MonkeyPatch, table: OwnTable, noise: float = 0.0) -> Task:
    have(monkeypatch, table)
    return build_task(CsvConfig(table=DIGEST, noise=noise), np.random.default_rng(0))


@pytest.mark.parametrize(("num_rows", "num_test"), [(20, 5), (120, 30), (121, 30), (1000, 250)])
def test_a_quarter_of_the_rows_is_held_out(monkeypatch: pytest.MonkeyPatch, num_rows: int, num_test: int) -> None:
    for table in (classes_table(num_rows), values_table(num_rows)):
        task = built(monkeypatch, table)
        assert (len(task.train_inputs), len(task.test_inputs)) == (num_rows - num_test, num_test)


@pytest.mark.parametrize(("num_rows", "num_classes"), [(20, 10), (40, 20), (44, 20), (20, 6)])
def test_few_rows_of_many_classes_leave_one_of_each_on_both_sides(
    monkeypatch: pytest.MonkeyPatch, num_rows: int, num_classes: int
) -> None:
    """A table may have two rows of each class, and a quarter of those are fewer than there are classes."""
    task = built(monkeypatch, classes_table(num_rows, num_classes=num_classes))
    assert len(task.train_inputs) + len(task.test_inputs) == num_rows
    for targets in (task.train_targets, task.test_targets):
        assert len(torch.unique(targets)) == num_classes


def test_a_class_has_the_same_share_on_both_sides(monkeypatch: pytest.MonkeyPatch) -> None:
    task = built(monkeypatch, classes_table(120, num_classes=3))
    assert task.train_targets.bincount().tolist() == [30] * 3
    assert task.test_targets.bincount().tolist() == [10] * 3


@pytest.mark.parametrize("table", [classes_table(), values_table()], ids=["classes", "values"])
def test_columns_are_standardised_whatever_their_units(monkeypatch: pytest.MonkeyPatch, table: OwnTable) -> None:
    inputs = built(monkeypatch, table).train_inputs
    torch.testing.assert_close(inputs.mean(0), torch.zeros(4), rtol=0, atol=1e-5)
    torch.testing.assert_close(inputs.std(0, correction=0), torch.ones(4), rtol=0, atol=1e-5)


def test_a_number_to_predict_is_standardised(monkeypatch: pytest.MonkeyPatch) -> None:
    targets = built(monkeypatch, values_table()).train_targets
    assert targets.shape == (90, 1)
    assert float(targets.std(correction=0)) == pytest.approx(1.0, abs=1e-5)


def test_classes_keep_their_names(monkeypatch: pytest.MonkeyPatch) -> None:
    assert built(monkeypatch, classes_table(num_classes=3)).class_names == ("a", "b", "c")
    assert built(monkeypatch, values_table()).class_names is None


def test_a_table_that_is_not_here_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, None)
    with pytest.raises(ValueError, match=DIGEST):
        build_task(CsvConfig(table=DIGEST), np.random.default_rng(0))
