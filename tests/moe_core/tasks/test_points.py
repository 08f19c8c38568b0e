"""Points that a person drew."""

import numpy as np
import pytest
import torch

from moe_core.config import drawing
from moe_core.tasks import Task
from moe_core.tasks.points import points

DRAWN = [(-1.0, 0.5, 0), (0.25, -0.75, 1), (1.5, 1.5, 0)]


def built(drawn: list[drawing.Point], noise: float = 0.0) -> Task:
    return points(np.random.default_rng(0), num_train=600, noise=noise, points=drawing.encode(drawn))


def test_without_noise_examples_are_the_drawn_points_with_their_classes() -> None:
    task, places = built(DRAWN), torch.tensor([[x, y] for x, y, _ in DRAWN])
    for inputs, targets in ((task.train_inputs, task.train_targets), (task.test_inputs, task.test_targets)):
        distance, nearest = torch.cdist(inputs, places).min(-1)
        assert float(distance.max()) < 1e-3
        assert targets.tolist() == [DRAWN[number][2] for number in nearest.tolist()]


def test_every_drawn_point_is_as_likely_as_the_others() -> None:
    task, places = built(DRAWN), torch.tensor([[x, y] for x, y, _ in DRAWN])
    counts = torch.cdist(task.train_inputs, places).argmin(-1).bincount(minlength=3)
    assert counts.div(600).tolist() == pytest.approx([1 / 3] * 3, abs=0.06)


def test_noise_makes_a_cloud_around_each_point() -> None:
    task, places = built(DRAWN, noise=0.1), torch.tensor([[x, y] for x, y, _ in DRAWN])
    nearest = torch.cdist(task.train_inputs, places).argmin(-1)
    offset = task.train_inputs - places[nearest]
    assert offset.std(0).tolist() == pytest.approx([0.1] * 2, rel=0.1)
    assert len(torch.unique(task.train_inputs, dim=0)) == 600


def test_classes_are_counted_without_gaps() -> None:
    """Drawn with colours 1, 4 and 7: the model has three outputs, in that order."""
    task = built([(-1.0, 0.0, 4), (0.0, 0.0, 7), (1.0, 0.0, 1)])
    assert task.num_outputs == 3
    left, middle, right = (task.train_targets[(task.train_inputs[:, 0] - x).abs() < 0.1].unique() for x in (-1, 0, 1))
    assert (left.tolist(), middle.tolist(), right.tolist()) == ([1], [2], [0])
