"""A pinwheel of five arms."""

import math

import numpy as np
import pytest
import torch

from moe_core.tasks import Task
from moe_core.tasks.pinwheel import pinwheel


@pytest.fixture(scope="module")
def task() -> Task:
    return pinwheel(np.random.default_rng(0), num_train=4000, noise=0.0)


def straightened(task: Task) -> tuple[torch.Tensor, torch.Tensor]:
    """How far along its arm each example lies, and how far across, once the arm was turned back.

    The arm bends by 1.3 radians for each unit along it, so the turn is searched for: along has to agree with itself.
    """
    x, y = task.train_inputs.double().T
    along = task.train_inputs.double().norm(dim=-1)
    for _ in range(100):
        angle = 2 * math.pi * task.train_targets / 5 + 1.3 * along
        along = 0.5 * along + 0.5 * (x * angle.cos() + y * angle.sin())
    angle = 2 * math.pi * task.train_targets / 5 + 1.3 * along
    return along, y * angle.cos() - x * angle.sin()


def test_each_class_is_an_arm(task: Task) -> None:
    """Along it the examples have mean 0.75 and deviation 0.2, across it 0 and 0.05."""
    along, across = straightened(task)
    assert float(along.mean()) == pytest.approx(0.75, abs=0.02)
    assert float(along.std()) == pytest.approx(0.2, rel=0.1)
    assert float(across.mean()) == pytest.approx(0.0, abs=0.005)
    assert float(across.std()) == pytest.approx(0.05, rel=0.1)


def test_arms_are_a_fifth_of_a_circle_apart(task: Task) -> None:
    """Each arm turned by a fifth of a circle is the next."""
    turn = 2 * math.pi / 5
    turned = task.train_inputs @ torch.tensor([[math.cos(turn), math.sin(turn)], [-math.sin(turn), math.cos(turn)]])
    for arm in range(5):
        mine = turned[task.train_targets == arm].mean(0)
        following = task.train_inputs[task.train_targets == (arm + 1) % 5].mean(0)
        torch.testing.assert_close(mine, following, rtol=0, atol=0.03)


def test_the_arms_are_the_clusters(task: Task) -> None:
    assert task.test_clusters is not None
    assert torch.equal(task.test_clusters, task.test_targets)
    assert task.test_targets.bincount().div(1000).tolist() == pytest.approx([1 / 5] * 5, abs=0.05)
