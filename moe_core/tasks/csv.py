"""A person's own table, read from a CSV file before (see moe_core.tables)."""

from dataclasses import replace

import numpy as np

from moe_core import tables
from moe_core.tasks.held_out import held_out
from moe_core.tasks.task import Task

TEST_SHARE = 0.25


def csv(random: np.random.Generator, *, table: str, noise: float) -> Task:
    """The table of this digest as a task. Raises ValueError when it is not on this machine."""
    folder = tables.folder()
    columns = tables.describe(table, folder)
    inputs, targets = tables.load(table, folder)
    num_classes = len(columns.classes) if columns.classes else None
    task = table_task(random, inputs, targets, num_classes=num_classes, noise=noise)
    return replace(task, class_names=columns.classes)


def table_task(
    random: np.random.Generator, inputs: np.ndarray, targets: np.ndarray, *, num_classes: int | None, noise: float
) -> Task:
    """A quarter of the rows is held out, or as many rows as there are classes where that is more.

    Columns are standardised; the noise is in units of their standard deviation.
    """
    num_test = max(round(TEST_SHARE * len(inputs)), num_classes or 0)
    return held_out(
        random,
        inputs,
        targets,
        num_classes=num_classes,
        num_train=len(inputs) - num_test,
        num_test=num_test,
        noise=noise,
        standardize=True,
    )
