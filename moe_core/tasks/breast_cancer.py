"""A table: 30 measurements of the cells of 569 tumours, and whether each was malignant (Street, Wolberg and Mangasarian
1993, UCI), as scikit-learn ships it."""

from dataclasses import replace
from functools import cache

import numpy as np

from moe_core.tasks.held_out import held_out
from moe_core.tasks.task import Task

NUM_TEST = 190
CLASSES = ("malignant", "benign")


@cache
def measurements() -> tuple[np.ndarray, np.ndarray]:
    """The table (569, 30) and the diagnoses (569,), 0 and 1 as in CLASSES, read once a process."""
    from sklearn.datasets import load_breast_cancer  # Imported by the tasks that need it: it takes a second.

    bunch = load_breast_cancer()
    return bunch.data.astype(np.float32), bunch.target.astype(np.int64)


def breast_cancer(random: np.random.Generator, *, num_train: int, noise: float) -> Task:
    """190 tumours are held out. Columns are standardised; the noise is in units of their standard deviation."""
    table, diagnoses = measurements()
    task = held_out(
        random,
        table,
        diagnoses,
        num_classes=2,
        num_train=num_train,
        num_test=NUM_TEST,
        noise=noise,
        standardize=True,
    )
    return replace(task, class_names=CLASSES)
