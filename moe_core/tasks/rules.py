"""A mixture of rules: data that is really eight problems, one in each of eight discs.

    centres c_m: {-1, 0, 1}^2 without the middle        points: uniform in a disc of radius 0.435 around c_m
    y = [(x - c_m) . u_m > 0],  u_m at angle 2.399963 m + phi,  phi uniform in [0, 2 pi) once a data set

2.399963 radians is the golden angle, so that no two neighbouring discs share a rule.
"""

import math

import numpy as np

from moe_core.tasks.task import NUM_TEST, Task, classification

RADIUS = 0.435
GOLDEN_ANGLE = 2.399963
CENTRES = np.array([(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1) if (x, y) != (0, 0)], dtype=np.float64)


def rules(random: np.random.Generator, *, num_train: int, noise: float) -> Task:
    """Draw the data set. The disc that made each example is its cluster. The noise moves a point after its rule has
    given it a class."""
    phase = random.uniform(0.0, 2 * math.pi)
    total = num_train + NUM_TEST
    cluster = random.integers(len(CENTRES), size=total)
    angle = random.uniform(0.0, 2 * math.pi, size=total)
    radius = RADIUS * np.sqrt(random.uniform(size=total))
    offset = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)
    rule = GOLDEN_ANGLE * cluster + phase
    labels = offset[:, 0] * np.cos(rule) + offset[:, 1] * np.sin(rule) > 0
    points = CENTRES[cluster] + offset + noise * random.normal(size=offset.shape)
    return classification(points, labels, num_train, num_classes=2, clusters=cluster, bounds=(-1.6, 1.6, -1.6, 1.6))
