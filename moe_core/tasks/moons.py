"""Two moons, from scikit-learn, moved so that their centre is the origin."""

import numpy as np

from moe_core.tasks.task import NUM_TEST, Task, classification

CENTRE = np.array([0.5, 0.25])


def moons(random: np.random.Generator, *, num_train: int, noise: float) -> Task:
    """The upper half circle is class 0, the lower one class 1; Gaussian noise of standard deviation `noise` on both.

    The data is centred because a linear router without bias splits the plane into wedges that meet at the origin.
    """
    from sklearn.datasets import make_moons  # Imported by the tasks that need it: it takes a second.

    seed = int(random.integers(2**32))
    points, labels = make_moons(num_train + NUM_TEST, noise=noise, random_state=seed)
    return classification(points - CENTRE, labels, num_train, num_classes=2, bounds=(-2.0, 2.0, -2.0, 2.0))
