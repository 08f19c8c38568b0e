"""Real data split into examples to learn from and examples to judge by."""

from typing import Any

import numpy as np
import pytest
import torch

from moe_core.tasks import Task
from moe_core.tasks.held_out import held_out

N = 60
COLUMNS = np.stack([np.arange(N), 1000.0 - 3.0 * np.arange(N), np.full(N, 5.0)], axis=-1).astype(np.float32)
"""Three columns: one counts the examples, one falls in another unit, one is constant."""

LABELS = (np.arange(N) % 3 == 0).astype(np.int64)
VALUES = (50.0 * np.arange(N, dtype=np.float32) + 7.0)[:, None]


def split(targets: np.ndarray = LABELS, num_classes: int | None = 2, seed: int = 0, **options: Any) -> Task:
    settings = {"num_train": 36, "num_test": 24, "noise": 0.0, "standardize": False} | options
    return held_out(np.random.default_rng(seed), COLUMNS, targets, num_classes=num_classes, **settings)


def test_every_example_is_on_one_side_with_its_own_target() -> None:
    task = split()
    inputs = torch.cat([task.train_inputs, task.test_inputs])
    targets = torch.cat([task.train_targets, task.test_targets])
    number = inputs[:, 0].long()
    assert sorted(number.tolist()) == list(range(N))
    assert targets.tolist() == LABELS[number].tolist()
    assert (len(task.train_inputs), len(task.test_inputs)) == (36, 24)


def test_each_class_has_the_same_share_on_both_sides() -> None:
    """A third of 60 are of class 1: 12 of 36 and 8 of 24."""
    task = split()
    assert task.train_targets.bincount().tolist() == [24, 12]
    assert task.test_targets.bincount().tolist() == [16, 8]


def test_what_is_not_asked_for_is_left_out() -> None:
    task = split(num_train=10, num_test=6)
    number = torch.cat([task.train_inputs, task.test_inputs])[:, 0]
    assert len(torch.unique(number)) == 16


def test_columns_are_standardised_over_the_training_split_alone() -> None:
    """And by that measure the test split too: its mean is near 0 and not 0. A constant column is 0 everywhere."""
    task = split(standardize=True)
    train, test = task.train_inputs, task.test_inputs
    torch.testing.assert_close(train.mean(0), torch.zeros(3), rtol=0, atol=1e-6)
    torch.testing.assert_close(train.std(0, correction=0), torch.tensor([1.0, 1.0, 0.0]), rtol=0, atol=1e-5)
    assert 0 < abs(float(test[:, 0].mean())) < 1
    torch.testing.assert_close(test[:, 1], -test[:, 0], rtol=0, atol=1e-5)
    assert not test[:, 2].any()


@pytest.mark.parametrize("constant", [0.1, 5.0, 1e-30, -1e30])
def test_a_column_that_is_constant_in_the_training_split_alone_is_only_moved(constant: float) -> None:
    """In float32 the deviation of 75 times 0.1 is 7e-9; divided by it, a step of 0.005 would be one of 700,000."""
    inputs = np.full((100, 2), constant, dtype=np.float32)

    def split(standardize: bool) -> Task:
        random = np.random.default_rng(0)
        options: dict[str, Any] = {"num_classes": None, "num_train": 75, "num_test": 25, "noise": 0.0}
        return held_out(random, inputs, places, standardize=standardize, **options)

    places = np.arange(100, dtype=np.float32)[:, None]
    apart = split(standardize=False).test_targets[:, 0].long()
    inputs[apart, 1] += 0.005
    task = split(standardize=True)
    moved = torch.from_numpy(inputs[apart].astype(np.float64) - float(np.float32(constant))).float()
    torch.testing.assert_close(task.train_inputs, torch.zeros(75, 2), rtol=0, atol=abs(constant) * 1e-15)
    torch.testing.assert_close(task.test_inputs, moved, rtol=1e-6, atol=abs(constant) * 1e-15)


def test_the_target_of_a_regression_is_standardised_alike() -> None:
    task = split(VALUES, None, standardize=True)
    assert float(task.train_targets.mean()) == pytest.approx(0.0, abs=1e-6)
    assert float(task.train_targets.std(correction=0)) == pytest.approx(1.0, abs=1e-5)
    torch.testing.assert_close(task.test_targets[:, 0], task.test_inputs[:, 0], rtol=0, atol=1e-5)
    assert split(VALUES, None).train_targets.min() >= 7.0


def test_noise_is_in_units_of_a_columns_deviation() -> None:
    """It comes after the columns were standardised, and leaves the targets."""
    clean, noisy = (split(standardize=True, noise=noise) for noise in (0.0, 0.1))
    moved = noisy.train_inputs - clean.train_inputs
    assert moved.std(0).tolist() == pytest.approx([0.1] * 3, rel=0.4)
    assert torch.equal(noisy.train_targets, clean.train_targets)


def test_what_was_given_is_not_changed() -> None:
    before = COLUMNS.copy(), LABELS.copy(), VALUES.copy()
    split(standardize=True, noise=0.5)
    split(VALUES, None, standardize=True, noise=0.5)
    for array, copy in zip((COLUMNS, LABELS, VALUES), before, strict=True):
        assert np.array_equal(array, copy)
