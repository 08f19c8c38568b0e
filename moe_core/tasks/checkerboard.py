"""Four by four squares in two colours, as on a board from -1 to 1 in both directions.

class = (floor(2 x) + floor(2 y)) mod 2,   cluster = the square
"""

import numpy as np

from moe_core.tasks.task import NUM_TEST, Task, classification

SQUARES = 4


def checkerboard(random: np.random.Generator, *, num_train: int, noise: float) -> Task:
    """Points uniform on the board. The noise moves a point after its square has given it a class."""
    points = random.uniform(-1.0, 1.0, size=(num_train + NUM_TEST, 2))
    column, row = np.floor((points + 1.0) * SQUARES / 2).astype(np.int64).T
    points = points + noise * random.normal(size=points.shape)
    return classification(
        points,
        (column + row) % 2,
        num_train,
        num_classes=2,
        clusters=row * SQUARES + column,
        bounds=(-1.6, 1.6, -1.6, 1.6),
    )
