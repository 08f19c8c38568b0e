"""Points that a person drew: each stands for a small cloud of examples around it (a smoothed bootstrap, Efron 1979).

example = a drawn point, at random with replacement, + noise
"""

import numpy as np

from moe_core.config import drawing
from moe_core.tasks.task import NUM_TEST, Task, classification


def points(random: np.random.Generator, *, num_train: int, noise: float, points: str) -> Task:
    """The drawing is a text as moe_core.config.drawing has it. Without noise the test split repeats the drawn points,
    so it then says nothing of new ones."""
    drawn = drawing.decode(points)
    places = np.array([(x, y) for x, y, _ in drawn])
    _, labels = np.unique([label for _, _, label in drawn], return_inverse=True)
    chosen = random.integers(len(drawn), size=num_train + NUM_TEST)
    inputs = places[chosen] + noise * random.normal(size=(len(chosen), 2))
    return classification(
        inputs, labels[chosen], num_train, num_classes=drawing.num_classes(points), bounds=(-2.0, 2.0, -2.0, 2.0)
    )
