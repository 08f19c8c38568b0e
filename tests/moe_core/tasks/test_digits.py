"""Handwritten digits, split."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from moe_core.config.task import DigitsConfig
from moe_core.tasks import Task
from moe_core.tasks.digits import digits


@pytest.fixture(scope="module")
def task() -> Task:
    return digits(DigitsConfig(), np.random.default_rng(0))


def test_pixels_are_scaled_from_zero_to_one(task: Task) -> None:
    for inputs in (task.train_inputs, task.test_inputs):
        assert float(inputs.min()) == 0.0
        assert float(inputs.max()) == 1.0


def test_the_split_uses_every_image_once(task: Task) -> None:
    """Both splits together are all 1,797 images with their own labels: none is lost, doubled or relabelled."""
    bunch = load_digits()
    everything = np.column_stack([bunch.data / 16.0, bunch.target])
    inputs = torch.cat([task.train_inputs, task.test_inputs]).double().numpy()
    split = np.column_stack([inputs, torch.cat([task.train_labels, task.test_labels]).numpy()])
    assert len(task.test_labels) == 500
    assert sorted(map(tuple, split)) == sorted(map(tuple, everything))


def test_each_digit_has_the_same_share_on_both_sides(task: Task) -> None:
    train, test = (labels.bincount(minlength=10) for labels in (task.train_labels, task.test_labels))
    assert bool(((train + test) * 500 / 1797 - test).abs().max() <= 1)
