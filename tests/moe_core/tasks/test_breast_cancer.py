"""The table of tumours: split, and standardised."""

import numpy as np
import pytest
import torch
from sklearn.datasets import load_breast_cancer

from moe_core.tasks import Task
from moe_core.tasks.breast_cancer import breast_cancer


@pytest.fixture(scope="module")
def task() -> Task:
    return breast_cancer(np.random.default_rng(0), num_train=379, noise=0.0)


def test_the_split_uses_every_tumour_once(task: Task) -> None:
    """Both splits together have the columns of all 569, of each diagnosis by itself, but for an origin and a unit."""
    bunch = load_breast_cancer()
    assert task.class_names == tuple(bunch.target_names)
    inputs = torch.cat([task.train_inputs, task.test_inputs]).double().numpy()
    labels = torch.cat([task.train_targets, task.test_targets]).numpy()
    assert (len(task.train_inputs), len(task.test_inputs)) == (379, 190)
    for column, raw in zip(inputs.T, bunch.data.T, strict=True):
        unit, origin = np.polyfit(np.sort(raw), np.sort(column), 1)
        for diagnosis in (0, 1):
            mine, its = np.sort(column[labels == diagnosis]), np.sort(raw[bunch.target == diagnosis])
            np.testing.assert_allclose(mine, unit * its + origin, atol=1e-4)


def test_columns_are_standardised_over_the_training_split(task: Task) -> None:
    torch.testing.assert_close(task.train_inputs.mean(0), torch.zeros(30), rtol=0, atol=1e-5)
    torch.testing.assert_close(task.train_inputs.std(0, correction=0), torch.ones(30), rtol=0, atol=1e-4)
    assert float((task.test_inputs.mean(0)).abs().max()) > 1e-3


def test_each_diagnosis_has_the_same_share_on_both_sides(task: Task) -> None:
    shares = [float(targets.float().mean()) for targets in (task.train_targets, task.test_targets)]
    assert shares == pytest.approx([357 / 569] * 2, abs=0.005)
