"""Two moons, from scikit-learn, moved so that their centre is the origin."""

import numpy as np
import torch

from moe_core.config.task import MoonsConfig
from moe_core.tasks.task import Task

NUM_TRAIN, NUM_TEST = 2000, 1000
CENTRE = np.array([0.5, 0.25])


def moons(config: MoonsConfig, random: np.random.Generator) -> Task:
    """The upper half circle is class 0, the lower one class 1; Gaussian noise of standard deviation `noise` on both.

    The data is centred because a linear router without bias splits the plane into wedges that meet at the origin.
    """
    from sklearn.datasets import make_moons  # Imported by the tasks that need it: it takes a second.

    seed = int(random.integers(2**32))
    points, labels = make_moons(NUM_TRAIN + NUM_TEST, noise=config.noise, random_state=seed)
    inputs = torch.from_numpy((points - CENTRE).astype(np.float32))
    targets = torch.from_numpy(labels.astype(np.int64))
    return Task(
        name=config.task,
        title=config.title,
        num_classes=config.num_classes,
        train_inputs=inputs[:NUM_TRAIN],
        train_labels=targets[:NUM_TRAIN],
        test_inputs=inputs[NUM_TRAIN:],
        test_labels=targets[NUM_TRAIN:],
        test_clusters=None,
        bounds=(-2.0, 2.0, -2.0, 2.0),
    )
