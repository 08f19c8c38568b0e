"""Handwritten digits, split."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from moe_core.tasks import Task
from moe_core.tasks.digits import digits


@pytest.fixture(scope="module")
def task() -> Task:
    return digits(np.random.default_rng(0), num_train=1297, noise=0.0)


def test_pixels_are_scaled_from_zero_to_one(task: Task) -> None:
    for inputs in (task.train_inputs, task.test_inputs):
        assert float(inputs.min()) == 0.0
        assert float(inputs.max()) == 1.0


def test_an_example_is_an_image_row_by_row(task: Task) -> None:
    """The rows of 8 pixels of scikit-learn's own images."""
    assert task.image == (8, 8)
    wanted = {(image / 16.0).astype(np.float32).tobytes() for image in load_digits().images}
    assert task.test_inputs[0].reshape(task.image).numpy().tobytes() in wanted


def test_the_split_uses_every_image_once(task: Task) -> None:
    """Both splits together are all 1,797 images with their own labels: none is lost, doubled or relabelled."""
    bunch = load_digits()
    everything = np.column_stack([bunch.data / 16.0, bunch.target])
    inputs = torch.cat([task.train_inputs, task.test_inputs]).double().numpy()
    split = np.column_stack([inputs, torch.cat([task.train_targets, task.test_targets]).numpy()])
    assert len(task.test_targets) == 500
    assert sorted(map(tuple, split)) == sorted(map(tuple, everything))


def test_each_digit_has_the_same_share_on_both_sides(task: Task) -> None:
    train, test = (labels.bincount(minlength=10) for labels in (task.train_targets, task.test_targets))
    assert bool(((train + test) * 500 / 1797 - test).abs().max() <= 1)


def test_a_few_digits_have_each_its_share_too() -> None:
    """Twenty examples to learn from: two of each digit."""
    few = digits(np.random.default_rng(0), num_train=20, noise=0.0)
    assert few.train_targets.bincount(minlength=10).tolist() == [2] * 10
