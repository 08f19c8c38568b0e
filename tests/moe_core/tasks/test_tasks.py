"""What holds for every task of the registry."""

from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from moe_core.config import SECTIONS
from moe_core.config.task import CsvConfig
from moe_core.objective import CLASSIFICATION, REGRESSION
from moe_core.tasks import Task, build_task
from tests.moe_core.own_table import DIGEST, classes_table, have

CONFIGS: list[Any] = [
    variant(table=DIGEST) if variant is CsvConfig else variant()  # type: ignore[call-arg]
    for variant in SECTIONS["task"]
]

every_task = pytest.mark.parametrize("config", CONFIGS, ids=lambda config: config.task)

REAL = ("digits", "breast_cancer", "csv")
"""Tasks of which no picture is drawn: their inputs mean something of their own."""


@pytest.fixture(autouse=True)
def a_table(monkeypatch: pytest.MonkeyPatch) -> None:
    have(monkeypatch, classes_table())


def built(config: Any, seed: int = 0, **settings: object) -> Task:
    return build_task(config.model_copy(update=settings), np.random.default_rng(seed))


def tensors(task: Task) -> dict[str, Tensor]:
    return {name: value for name, value in vars(task).items() if isinstance(value, Tensor)}


@every_task
def test_shapes_are_those_the_configuration_promises(config: Any) -> None:
    task, shape = built(config), config.shape
    assert task.num_inputs == shape.num_inputs
    assert task.num_outputs == shape.num_outputs
    assert task.objective is (REGRESSION if shape.regression else CLASSIFICATION)
    for inputs, targets in ((task.train_inputs, task.train_targets), (task.test_inputs, task.test_targets)):
        assert inputs.shape == (len(targets), shape.num_inputs)
        assert inputs.dtype == torch.float32
        assert bool(inputs.isfinite().all())
        if shape.regression:
            assert targets.shape == (len(inputs), shape.num_outputs)
            assert targets.dtype == torch.float32
            assert bool(targets.isfinite().all())
        else:
            assert targets.dtype == torch.int64
            assert torch.unique(targets).tolist() == list(range(shape.num_outputs))


@every_task
def test_what_made_an_example_is_counted_from_zero(config: Any) -> None:
    task = built(config)
    if task.test_clusters is not None:
        assert task.test_clusters.shape == (len(task.test_inputs),)
        assert task.test_clusters.dtype == torch.int64
        clusters = torch.unique(task.test_clusters)
        assert clusters.tolist() == list(range(len(clusters)))
        assert len(clusters) > 1


@every_task
def test_test_labels_are_there_where_there_are_classes(config: Any) -> None:
    task = built(config)
    assert (task.test_labels is None) == config.shape.regression
    assert task.test_labels is None or task.test_labels is task.test_targets


@every_task
def test_the_probe_is_the_first_of_the_test_split(config: Any) -> None:
    task = built(config)
    count = min(Task.NUM_PROBES, len(task.test_inputs))
    assert task.probe_inputs.shape == (count, config.shape.num_inputs)
    assert task.probe_inputs.dtype == np.float32
    assert task.probe_targets.dtype == (np.float32 if config.shape.regression else np.uint8)
    assert np.array_equal(task.probe_inputs, task.test_inputs[:count].numpy())
    assert task.probe_targets.tolist() == task.test_targets[:count].tolist()


@pytest.mark.parametrize("seed", range(3))
@every_task
def test_bounds_hold_the_data_of_tasks_that_are_drawn(config: Any, seed: int) -> None:
    """Of a plane both inputs, of a line the input and the target. Real data has other columns, and no bounds."""
    task = built(config, seed)
    if config.task in REAL:
        assert task.bounds is None
        return
    assert task.bounds is not None
    x_low, x_high, y_low, y_high = task.bounds
    inputs = torch.cat([task.train_inputs, task.test_inputs])
    x = inputs[:, 0]
    y = inputs[:, 1] if task.num_inputs == 2 else torch.cat([task.train_targets, task.test_targets])
    assert x_low < float(x.min()) < float(x.max()) < x_high
    assert y_low < float(y.min()) < float(y.max()) < y_high


@every_task
def test_the_same_seed_gives_the_same_data(config: Any) -> None:
    """Also after another was drawn: what is read once a process is not changed by whoever uses it."""
    one = tensors(built(config))
    built(config, seed=1, noise=0.5)
    same = tensors(built(config))
    assert all(torch.equal(one[name], same[name]) for name in one)


@every_task
def test_another_seed_gives_other_data(config: Any) -> None:
    one, other = built(config), built(config, seed=1)
    assert not torch.equal(one.train_inputs, other.train_inputs)
    assert not torch.equal(one.test_inputs, other.test_inputs)


@every_task
def test_the_stream_of_the_process_does_not_matter(config: Any) -> None:
    np.random.seed(1)
    one = tensors(built(config))
    np.random.seed(2)
    same = tensors(built(config))
    assert all(torch.equal(one[name], same[name]) for name in one)


@pytest.mark.parametrize("config", [config for config in CONFIGS if config.task != "points"], ids=lambda c: c.task)
def test_no_example_is_in_both_splits(config: Any) -> None:
    """Drawn points are examples themselves, so without noise they come again."""
    task = built(config)
    both = torch.cat([task.train_inputs, task.test_inputs])
    assert len(torch.unique(both, dim=0)) == len(both)


@pytest.mark.parametrize("config", [c for c in CONFIGS if hasattr(c, "num_train")], ids=lambda config: config.task)
def test_there_are_as_many_training_examples_as_were_asked_for(config: Any) -> None:
    """From the fewest to the most that the task has, and always as many to judge by."""
    judged_by = len(built(config).test_inputs)
    for num_train in (20, 21, 1000, config.most_train):
        task = built(config, num_train=min(num_train, config.most_train))
        assert len(task.train_inputs) == len(task.train_targets) == min(num_train, config.most_train)
        assert len(task.test_inputs) == judged_by


@every_task
def test_noise_moves_the_data_by_its_size(config: Any) -> None:
    """Every input, independently; of a function of one input its target, and nothing else."""
    clean, blurred = built(config, noise=0.0), built(config, noise=0.3)
    moved = {name: blurred_part - tensors(clean)[name] for name, blurred_part in tensors(blurred).items()}
    shifts = [
        moved.pop(f"{split}_{'targets' if config.task == 'piecewise' else 'inputs'}") for split in ("train", "test")
    ]
    for shift in shifts:
        assert float(shift.std()) == pytest.approx(0.3, rel=0.15)
        assert float(shift.mean()) == pytest.approx(0.0, abs=0.3 / 2)
        if shift.shape[1] > 1:
            assert abs(float(torch.corrcoef(shift.T)[0, 1])) < 0.4
    assert not any(bool(rest.any()) for rest in moved.values())


@every_task
def test_a_task_moves_to_a_device_whole(config: Any) -> None:
    task = built(config)
    moved = task.to(torch.device("meta"))
    assert all(tensor.device.type == "meta" for tensor in tensors(moved).values())
    assert (moved.objective, moved.num_outputs, moved.bounds) == (task.objective, task.num_outputs, task.bounds)
