"""A pinwheel: five arms around a centre, bent more the further out they reach (Johnson et al. 2016, arXiv 1603.06277).

along ~ N(0.75, 0.2^2), across ~ N(0, 0.05^2),   turned by 2 pi class / 5 + BEND along
"""

import numpy as np

from moe_core.tasks.task import NUM_TEST, Task, classification

ARMS = 5
MIDDLE, LENGTH, WIDTH = 0.75, 0.2, 0.05
BEND = 1.3
"""Radians that an arm turns over a length of 1."""


def pinwheel(random: np.random.Generator, *, num_train: int, noise: float) -> Task:
    """Each arm is a class and a cluster; Gaussian noise of standard deviation `noise` on both inputs."""
    total = num_train + NUM_TEST
    labels = random.integers(ARMS, size=total)
    along = MIDDLE + LENGTH * random.normal(size=total)
    across = WIDTH * random.normal(size=total)
    angle = 2 * np.pi * labels / ARMS + BEND * along
    points = np.stack(
        [along * np.cos(angle) - across * np.sin(angle), along * np.sin(angle) + across * np.cos(angle)], axis=-1
    )
    points += noise * random.normal(size=points.shape)
    return classification(points, labels, num_train, num_classes=ARMS, clusters=labels, bounds=(-2.0, 2.0, -2.0, 2.0))
