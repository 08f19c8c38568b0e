"""What holds for every task of the registry."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from moe_core.config import SECTIONS
from moe_core.tasks import Task, build_task

every_task = pytest.mark.parametrize("variant", SECTIONS["task"], ids=lambda variant: variant.__name__)


def built(variant: Any, seed: int = 0) -> Task:
    return build_task(variant(), np.random.default_rng(seed))


def tensors(task: Task) -> dict[str, Tensor]:
    return {name: value for name, value in vars(task).items() if isinstance(value, Tensor)}


@every_task
def test_shapes_are_those_the_configuration_promises(variant: Any) -> None:
    task = built(variant)
    assert task.num_inputs == variant.num_inputs
    assert task.num_classes == variant.num_classes
    assert task.name == variant().task
    for inputs, labels in ((task.train_inputs, task.train_labels), (task.test_inputs, task.test_labels)):
        assert inputs.shape == (len(labels), variant.num_inputs)
        assert inputs.dtype == torch.float32
        assert labels.dtype == torch.int64
        assert bool(inputs.isfinite().all())
        assert torch.unique(labels).tolist() == list(range(variant.num_classes))
    if task.test_clusters is not None:
        assert task.test_clusters.shape == task.test_labels.shape


@every_task
def test_the_probe_is_the_first_of_the_test_split(variant: Any) -> None:
    task = built(variant)
    assert task.probe_inputs.shape == (Task.NUM_PROBES, variant.num_inputs)
    assert task.probe_inputs.dtype == np.float32
    assert task.probe_labels.dtype == np.uint8
    assert np.array_equal(task.probe_inputs, task.test_inputs[: Task.NUM_PROBES].numpy())
    assert task.probe_labels.tolist() == task.test_labels[: Task.NUM_PROBES].tolist()


@every_task
def test_a_plane_has_bounds_that_hold_its_data_and_nothing_else_has(variant: Any) -> None:
    task = built(variant)
    if variant.num_inputs != 2:
        assert task.bounds is None
        return
    assert task.bounds is not None
    x_low, x_high, y_low, y_high = task.bounds
    x, y = torch.cat([task.train_inputs, task.test_inputs]).T
    assert x_low < float(x.min()) < float(x.max()) < x_high
    assert y_low < float(y.min()) < float(y.max()) < y_high


@every_task
def test_the_same_seed_gives_the_same_data(variant: Any) -> None:
    one, same = tensors(built(variant)), tensors(built(variant))
    assert all(torch.equal(one[name], same[name]) for name in one)


@every_task
def test_another_seed_gives_other_data(variant: Any) -> None:
    one, other = built(variant), built(variant, seed=1)
    assert not torch.equal(one.train_inputs, other.train_inputs)
    assert not torch.equal(one.test_inputs, other.test_inputs)


@every_task
def test_no_example_is_in_both_splits(variant: Any) -> None:
    task = built(variant)
    both = torch.cat([task.train_inputs, task.test_inputs])
    assert len(torch.unique(both, dim=0)) == len(both)
