"""Two spirals: an example's radius says how far along its arm it is, and its angle has to agree."""

import math

import numpy as np
import pytest
import torch

from moe_core.tasks import Task
from moe_core.tasks.spirals import TURNS, spirals


@pytest.fixture(scope="module")
def task() -> Task:
    return spirals(np.random.default_rng(0), num_train=2000, noise=0.0)


def test_each_class_is_an_arm_of_one_and_a_half_turns(task: Task) -> None:
    """The angle is 3 pi times the radius; the arm of class 1 is half a circle ahead."""
    assert TURNS == 1.5
    radius = task.train_inputs.norm(dim=-1)
    angle = 3 * math.pi * radius + math.pi * task.train_targets
    wanted = radius.unsqueeze(-1) * torch.stack([angle.cos(), angle.sin()], dim=-1)
    torch.testing.assert_close(task.train_inputs, wanted, rtol=1e-4, atol=1e-4)


def test_one_arm_is_the_other_turned_by_half_a_circle(task: Task) -> None:
    """A point mirrored at the origin is on the other arm, where the points nearest to it are of the other class."""
    mirrored = -task.train_inputs
    nearest = torch.cdist(mirrored, task.train_inputs).argmin(-1)
    assert float((task.train_targets[nearest] != task.train_targets).float().mean()) > 0.95


def test_examples_lie_as_densely_outside_as_inside(task: Task) -> None:
    """The squared radius is uniform, since an arm's length grows with the radius."""
    squared = task.train_inputs.square().sum(-1).sort().values
    torch.testing.assert_close(squared, torch.linspace(0, 1, len(squared)), rtol=0, atol=0.05)
