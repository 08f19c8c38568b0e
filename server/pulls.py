"""The tug-of-war at the router as a frame has it: how strongly each loss pulls at each expert's row, and two arrows."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from moe_core.metrics import TugOfWar
from moe_core.questions import pulls
from moe_core.routers.linear import LinearRouter
from moe_core.trainer import Trainer


@dataclass(frozen=True)
class Pulls:
    """What a run's frames say while somebody looks at it. A pull is minus a gradient: where descent moves the row.

    step      when it was measured: a frame may be of a later one
    arrays    pulls (E, 4): the lengths of the task's pull, of the balance loss's, and of their sum, and the cosine
              between the two. pull_arrows (E, 4): the task's (x, y) and the balance loss's, see `arrows`.
              None of them where no balance loss has a gradient on the router
    """

    step: int
    arrays: dict[str, np.ndarray]


def pulls_of(trainer: Trainer) -> Pulls:
    """Measured over the training split: its loss is the one that descends, and only there must both pulls cancel where
    a run has come to rest. On the test split they need not."""
    tug = pulls(trainer)
    if not tug.balance.any():
        return Pulls(trainer.step_count, {})
    router = trainer.model.router
    has_plane = isinstance(router, LinearRouter) and trainer.task.num_coordinates == 2
    return Pulls(trainer.step_count, {"pulls": numbers(tug), "pull_arrows": arrows(tug, has_plane)})


def numbers(tug: TugOfWar) -> np.ndarray:
    """Three lengths and the cosine, of each expert (E, 4)."""
    lengths = [_length(gradient) for gradient in (tug.task, tug.balance, tug.task + tug.balance)]
    return _as_array([*lengths, tug.cosine])


def arrows(tug: TugOfWar, has_plane: bool) -> np.ndarray:
    """Both pulls of each expert in the plane that they span, (E, 4): lengths and the angle are what they are.

    Which way is up is free where a row has many numbers: there the task pulls upwards. A row that begins with the two
    weights of a plane's coordinates (`has_plane`) may go on with those of other features, and ends with its bias. There
    the task's arrow points where it moves the first two, and the other one lies on the side where it moves them; where
    these are all, the arrows are the two pulls themselves.
    """
    task, balance = -tug.task.cpu().double(), -tug.balance.cpu().double()
    heading, side = torch.full((len(task),), torch.pi / 2, dtype=torch.float64), torch.ones(len(task))
    if has_plane:
        (x, y), (other_x, other_y) = task[:, :2].T, balance[:, :2].T
        heading, side = torch.atan2(y, x), torch.where(x * other_y < y * other_x, -1.0, 1.0)
    other = heading + side * tug.cosine.cpu().double().acos()
    lengths = (_length(task), _length(balance))
    if has_plane:  # There is no angle to an expert's task pull that is zero: then the balance loss has its own heading.
        other = torch.where(lengths[0] == 0, torch.atan2(other_y, other_x), other)
    angles = (heading, other)
    parts = [
        length * turned for length, angle in zip(lengths, angles, strict=True) for turned in (angle.cos(), angle.sin())
    ]
    return _as_array(parts)


def _length(gradient: Tensor) -> Tensor:
    """In float64, as the cosine: those of an expert that nobody chooses may be too small to be squared in float32."""
    return gradient.cpu().double().norm(dim=1)


def _as_array(columns: list[Tensor]) -> np.ndarray:
    array: np.ndarray = torch.stack([column.cpu().float() for column in columns], dim=1).numpy()
    return array
