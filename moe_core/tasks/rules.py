"""A mixture of rules: data that is really eight problems, one in each of eight discs.

    centres c_m: {-1, 0, 1}^2 without the middle        points: uniform in a disc of radius 0.435 around c_m
    y = [(x - c_m) . u_m > 0],  u_m at angle 2.399963 m + phi,  phi uniform in [0, 2 pi) once a data set

2.399963 radians is the golden angle, so that no two neighbouring discs share a rule.
"""

import math

import numpy as np
import torch

from moe_core.config.task import RulesConfig
from moe_core.tasks.task import Task

NUM_TRAIN, NUM_TEST = 2000, 1000
RADIUS = 0.435
GOLDEN_ANGLE = 2.399963
CENTRES = np.array([(x, y) for y in (-1, 0, 1) for x in (-1, 0, 1) if (x, y) != (0, 0)], dtype=np.float64)


def rules(config: RulesConfig, random: np.random.Generator) -> Task:
    """Draw the data set. The disc that made each example is kept as its cluster."""
    phase = random.uniform(0.0, 2 * math.pi)
    total = NUM_TRAIN + NUM_TEST
    cluster = random.integers(len(CENTRES), size=total)
    angle = random.uniform(0.0, 2 * math.pi, size=total)
    radius = RADIUS * np.sqrt(random.uniform(size=total))
    offset = np.stack([radius * np.cos(angle), radius * np.sin(angle)], axis=-1)
    rule = GOLDEN_ANGLE * cluster + phase
    labels = offset[:, 0] * np.cos(rule) + offset[:, 1] * np.sin(rule) > 0

    inputs = torch.from_numpy((CENTRES[cluster] + offset).astype(np.float32))
    targets = torch.from_numpy(labels.astype(np.int64))
    return Task(
        name=config.task,
        title=config.title,
        num_classes=config.num_classes,
        train_inputs=inputs[:NUM_TRAIN],
        train_labels=targets[:NUM_TRAIN],
        test_inputs=inputs[NUM_TRAIN:],
        test_labels=targets[NUM_TRAIN:],
        test_clusters=torch.from_numpy(cluster[NUM_TRAIN:]),
        bounds=(-1.6, 1.6, -1.6, 1.6),
    )
