"""Handwritten digits, 8 x 8 pixels (Alpaydin and Kaynak 1998, UCI), as scikit-learn ships them: 1,797 examples."""

from functools import cache

import numpy as np
import torch

from moe_core.config.task import DigitsConfig
from moe_core.tasks.task import Task

NUM_TEST = 500
BRIGHTEST = 16.0


@cache
def images() -> tuple[np.ndarray, np.ndarray]:
    """All images (1797, 64) scaled to 0..1 and their digits (1797,), read once a process."""
    from sklearn.datasets import load_digits  # Imported by the tasks that need it: it takes a second.

    bunch = load_digits()
    return (bunch.data / BRIGHTEST).astype(np.float32), bunch.target.astype(np.int64)


def digits(config: DigitsConfig, random: np.random.Generator) -> Task:
    """Split the images at random, each digit in the same proportion on both sides."""
    from sklearn.model_selection import train_test_split

    pixels, labels = images()
    seed = int(random.integers(2**32))
    train, test, train_labels, test_labels = train_test_split(
        pixels, labels, test_size=NUM_TEST, stratify=labels, random_state=seed
    )
    return Task(
        name=config.task,
        title=config.title,
        num_classes=config.num_classes,
        train_inputs=torch.from_numpy(train),
        train_labels=torch.from_numpy(train_labels),
        test_inputs=torch.from_numpy(test),
        test_labels=torch.from_numpy(test_labels),
        test_clusters=None,
        bounds=None,
    )
