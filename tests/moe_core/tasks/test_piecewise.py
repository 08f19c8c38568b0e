"""A function of one input in five straight pieces."""

import numpy as np
import pytest
import torch

from moe_core.tasks import Task
from moe_core.tasks.piecewise import piecewise

EDGES = (-1.0, -0.6, -0.2, 0.2, 0.6, 1.0)


@pytest.fixture(params=range(3))
def task(request: pytest.FixtureRequest) -> Task:
    return piecewise(np.random.default_rng(request.param), num_train=1000, noise=0.0)


def on_piece(task: Task, piece: int) -> tuple[torch.Tensor, torch.Tensor]:
    """The test examples of one piece: inputs and targets (N,)."""
    x, y = task.test_inputs[:, 0].double(), task.test_targets[:, 0].double()
    here = (EDGES[piece] <= x) & (x < EDGES[piece + 1])
    return x[here], y[here]


def test_clusters_are_the_five_intervals(task: Task) -> None:
    assert task.test_clusters is not None
    for x, cluster in zip(task.test_inputs[:, 0].tolist(), task.test_clusters.tolist(), strict=True):
        assert EDGES[cluster] - 1e-6 <= x <= EDGES[cluster + 1] + 1e-6


def test_each_piece_is_a_straight_line_rising_and_falling_by_turns(task: Task) -> None:
    for piece in range(5):
        x, y = on_piece(task, piece)
        slope, level = np.polyfit(x - (EDGES[piece] + EDGES[piece + 1]) / 2, y, 1)
        assert 2 <= slope * (-1) ** piece <= 4
        assert -0.5 <= level <= 0.5
        middle = (EDGES[piece] + EDGES[piece + 1]) / 2
        torch.testing.assert_close(y, level + slope * (x - middle), rtol=0, atol=1e-5)


def test_no_line_serves_two_pieces(task: Task) -> None:
    """Which makes five problems of it: fitted to the whole, a line explains little."""
    x, y = task.test_inputs[:, 0].double().numpy(), task.test_targets[:, 0].double().numpy()
    slope, level = np.polyfit(x, y, 1)
    assert 1 - ((y - level - slope * x) ** 2).mean() / y.var() < 0.5
