"""Handwritten digits, 8 x 8 pixels (Alpaydin and Kaynak 1998, UCI), as scikit-learn ships them: 1,797 examples."""

from dataclasses import replace
from functools import cache

import numpy as np

from moe_core.tasks.held_out import held_out
from moe_core.tasks.task import Task

NUM_TEST = 500
BRIGHTEST = 16.0
SHAPE = (8, 8)


@cache
def images() -> tuple[np.ndarray, np.ndarray]:
    """All images (1797, 64) scaled to 0..1 and their digits (1797,), read once a process."""
    from sklearn.datasets import load_digits  # Imported by the tasks that need it: it takes a second.

    bunch = load_digits()
    return (bunch.data / BRIGHTEST).astype(np.float32), bunch.target.astype(np.int64)


def digits(random: np.random.Generator, *, num_train: int, noise: float, centred: bool = False) -> Task:
    """500 images are held out. The noise is in units of the brightest pixel.

    centred: whether the mean image of those to learn from is subtracted from all.
    """
    pixels, labels = images()
    task = held_out(
        random,
        pixels,
        labels,
        num_classes=10,
        num_train=num_train,
        num_test=NUM_TEST,
        noise=noise,
        standardize=False,
    )
    mean = task.train_inputs.mean(0) if centred else 0.0
    train_inputs, test_inputs = task.train_inputs - mean, task.test_inputs - mean
    return replace(task, train_inputs=train_inputs, test_inputs=test_inputs, image=SHAPE)
