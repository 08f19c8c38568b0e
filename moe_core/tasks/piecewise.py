"""A function of one input in five straight pieces: a regression that is really five problems, one for each interval.

    y = level_m + slope_m (x - middle_m) + noise,   m = the interval of [-1, 1] that x lies in

Levels are uniform in [-0.5, 0.5] and slopes in [2, 4], falling and rising by turns, so that the function jumps.
"""

import numpy as np

from moe_core.tasks.task import NUM_TEST, Task, regression

PIECES = 5


def piecewise(random: np.random.Generator, *, num_train: int, noise: float) -> Task:
    """x is uniform. The pieces are the clusters; Gaussian noise of standard deviation `noise` on the target."""
    levels = random.uniform(-0.5, 0.5, size=PIECES)
    slopes = random.uniform(2.0, 4.0, size=PIECES) * (-1.0) ** np.arange(PIECES)
    x = random.uniform(-1.0, 1.0, size=num_train + NUM_TEST)
    piece = np.floor((x + 1.0) * PIECES / 2).astype(np.int64)
    middle = (2 * piece + 1) / PIECES - 1.0
    y = levels[piece] + slopes[piece] * (x - middle) + noise * random.normal(size=x.shape)
    return regression(x[:, None], y[:, None], num_train, clusters=piece, bounds=(-1.05, 1.05, -1.6, 1.6))
