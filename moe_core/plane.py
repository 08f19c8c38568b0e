"""A task with two inputs, seen from above: who owns each place, how sure the router is there, and what is predicted."""

from dataclasses import dataclass
from functools import cache

import numpy as np
import torch
from torch import Tensor

from moe_core.model import MoEClassifier, evaluation_mode
from moe_core.tasks.task import Bounds


@dataclass(frozen=True)
class Plane:
    """Three pictures of R x R cells, uint8; row 0 is the top (the largest second input).

    owner: the chosen expert with the largest probability. strength: 255 times that probability.
    prediction: the class with the highest score.
    """

    owner: np.ndarray
    strength: np.ndarray
    prediction: np.ndarray


@cache
def cell_centres(bounds: Bounds, resolution: int) -> Tensor:
    """The middles of all cells (R * R, 2), row by row from the top left."""
    x_low, x_high, y_low, y_high = bounds
    middle = (torch.arange(resolution) + 0.5) / resolution
    x = x_low + middle * (x_high - x_low)
    y = y_high - middle * (y_high - y_low)
    rows, columns = torch.meshgrid(y, x, indexing="ij")
    return torch.stack([columns, rows], dim=-1).reshape(-1, 2)


def draw_plane(model: MoEClassifier, bounds: Bounds, resolution: int) -> Plane:
    """Ask the model about every cell."""
    cells = cell_centres(bounds, resolution)
    with evaluation_mode(model):
        scores, routing = model(cells)
    strength, owner = (routing.probs * routing.assigned).max(-1)

    def picture(values: Tensor) -> np.ndarray:
        return values.to(torch.uint8).reshape(resolution, resolution).numpy()

    return Plane(picture(owner), picture(strength * 255.0), picture(scores.argmax(-1)))
