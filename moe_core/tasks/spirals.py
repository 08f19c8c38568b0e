"""Two spirals wound into each other (Lang and Witbrock 1988), one turned by half a circle against the other.

    r = t,   angle = 2 pi TURNS t + pi class,   t = sqrt(u), u uniform in [0, 1)

The square root spreads the examples evenly along the arms, which are longer outside.
"""

import numpy as np

from moe_core.tasks.task import NUM_TEST, Task, classification

TURNS = 1.5


def spirals(random: np.random.Generator, *, num_train: int, noise: float) -> Task:
    """Each arm is a class; Gaussian noise of standard deviation `noise` on both inputs."""
    total = num_train + NUM_TEST
    labels = random.integers(2, size=total)
    along = np.sqrt(random.uniform(size=total))
    angle = 2 * np.pi * TURNS * along + np.pi * labels
    points = along[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=-1)
    points += noise * random.normal(size=points.shape)
    return classification(points, labels, num_train, num_classes=2, bounds=(-1.6, 1.6, -1.6, 1.6))
