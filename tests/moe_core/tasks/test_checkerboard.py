"""A checkerboard of four by four squares."""

import numpy as np
import pytest
import torch

from moe_core.tasks import Task
from moe_core.tasks.checkerboard import checkerboard


@pytest.fixture(scope="module")
def task() -> Task:
    return checkerboard(np.random.default_rng(0), num_train=4000, noise=0.0)


def test_each_square_has_one_class_and_its_neighbours_the_other(task: Task) -> None:
    """Squares are half a unit wide. Column and row are counted by going through the edges one by one."""
    edges = (-0.5, 0.0, 0.5)
    for (x, y), label in zip(task.train_inputs.tolist(), task.train_targets.tolist(), strict=True):
        column, row = (sum(place >= edge for edge in edges) for place in (x, y))
        assert label == (column + row) % 2


def test_the_board_by_hand() -> None:
    """As it is written: a point in the middle of each square, the top row first."""
    task = checkerboard(np.random.default_rng(0), num_train=4000, noise=0.0)
    board = []
    for y in (0.75, 0.25, -0.25, -0.75):
        middles = torch.tensor([[x, y] for x in (-0.75, -0.25, 0.25, 0.75)])
        board.append(task.train_targets[torch.cdist(middles, task.train_inputs).argmin(-1)].tolist())
    assert board == [[1, 0, 1, 0], [0, 1, 0, 1], [1, 0, 1, 0], [0, 1, 0, 1]]


def test_clusters_are_the_squares_row_by_row_from_the_bottom_left(task: Task) -> None:
    assert task.test_clusters is not None
    for (x, y), cluster in zip(task.test_inputs.tolist(), task.test_clusters.tolist(), strict=True):
        left, bottom = cluster % 4 / 2 - 1, cluster // 4 / 2 - 1
        assert left <= x <= left + 0.5
        assert bottom <= y <= bottom + 0.5


def test_the_board_is_filled_evenly(task: Task) -> None:
    assert task.test_clusters is not None
    assert task.test_clusters.bincount(minlength=16).float().div(1000).tolist() == pytest.approx(
        [1 / 16] * 16, abs=0.03
    )


def test_noise_comes_after_the_class_was_given() -> None:
    """So that some examples lie on a square of the other class, and nobody can be right about all of them."""
    noisy, clean = (checkerboard(np.random.default_rng(0), num_train=4000, noise=noise) for noise in (0.1, 0.0))
    assert torch.equal(noisy.train_targets, clean.train_targets)
    column, row = ((noisy.train_inputs + 1) * 2).floor().long().T
    wrong = float(((column + row) % 2 != noisy.train_targets).float().mean())
    assert 0.1 < wrong < 0.4
