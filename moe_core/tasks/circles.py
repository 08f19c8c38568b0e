"""One circle inside another, from scikit-learn."""

import numpy as np

from moe_core.tasks.task import NUM_TEST, Task, classification

INNER_RADIUS = 0.5


def circles(random: np.random.Generator, *, num_train: int, noise: float) -> Task:
    """The circle of radius 1 is class 0, the one of radius 0.5 class 1; Gaussian noise `noise` on both inputs."""
    from sklearn.datasets import make_circles  # Imported by the tasks that need it: it takes a second.

    seed = int(random.integers(2**32))
    points, labels = make_circles(num_train + NUM_TEST, noise=noise, factor=INNER_RADIUS, random_state=seed)
    return classification(points, labels, num_train, num_classes=2, bounds=(-1.6, 1.6, -1.6, 1.6))
