"""A task: data to learn from, data to judge by, and a few fixed examples to look at."""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from torch import Tensor

from moe_core.features import basis_expansion
from moe_core.objective import CLASSIFICATION, REGRESSION, Objective

Bounds = tuple[float, float, float, float]

NUM_TEST = 1000
"""Test examples of the tasks that can make as many as they like: an accuracy then moves in steps of a tenth of a
percent."""


@dataclass(frozen=True)
class Task:
    """N examples of D features to learn from, M to judge by, and C outputs.

    objective                                  classification or regression
    num_outputs                                C: the number of classes, or of predicted values
    train_inputs (N, D), train_targets         what batches are drawn from; targets are (N,) classes or (N, C) values
    test_inputs (M, D), test_targets           what reported metrics are taken on
    test_clusters (M,) or None                 which sub-problem made each test example, where that is known
    bounds                                     x low, x high, y low, y high of the picture: of the two coordinates, of
                                               the input and the target when D is 1, else None
    image                                      rows and columns, where an example is an image and D its pixels, row by
                                               row, 0 dark to 1 bright unless they were centred; else None
    class_names                                what the classes are called, where they have names; else None
    features                                   what the inputs are made of, as moe_core.features has it: where it is
                                               not the coordinates, these are the first two inputs
    """

    objective: Objective
    num_outputs: int
    train_inputs: Tensor
    train_targets: Tensor
    test_inputs: Tensor
    test_targets: Tensor
    test_clusters: Tensor | None
    bounds: Bounds | None
    image: tuple[int, int] | None = None
    class_names: tuple[str, ...] | None = None
    features: str = "coordinates"

    NUM_PROBES = 300

    @property
    def num_inputs(self) -> int:
        """D."""
        return self.train_inputs.shape[1]

    @property
    def num_coordinates(self) -> int:
        """How many of the inputs, from the first on, say where an example lies: the others are functions of these."""
        return self.num_inputs if self.features == "coordinates" else 2

    @property
    def test_labels(self) -> Tensor | None:
        """The class of each test example (M,), or None for a regression."""
        return None if self.test_targets.is_floating_point() else self.test_targets

    @property
    def probe_inputs(self) -> np.ndarray:
        """The first test examples (P, D): the same ones are shown during the whole run."""
        return self.test_inputs[: self.NUM_PROBES].cpu().numpy()

    @property
    def probe_targets(self) -> np.ndarray:
        """Targets of the probe: classes (P,), uint8, or values (P, C), float32."""
        targets = self.test_targets[: self.NUM_PROBES].cpu().numpy()
        return targets if self.test_labels is None else targets.astype(np.uint8)

    def to(self, device: torch.device) -> "Task":
        """The same task with its data on a device."""
        moved: dict[str, Any] = {
            name: value.to(device) for name, value in vars(self).items() if isinstance(value, Tensor)
        }
        return replace(self, **moved)


def classification(
    inputs: np.ndarray,
    labels: np.ndarray,
    num_train: int,
    *,
    num_classes: int,
    clusters: np.ndarray | None = None,
    bounds: Bounds | None = None,
) -> Task:
    """A task from examples in random order (N + M, D) and their classes: the first num_train to learn from, the rest
    to judge by."""
    return _split(CLASSIFICATION, inputs, labels.astype(np.int64), num_train, num_classes, clusters, bounds)


def regression(
    inputs: np.ndarray,
    values: np.ndarray,
    num_train: int,
    *,
    clusters: np.ndarray | None = None,
    bounds: Bounds | None = None,
) -> Task:
    """A task from examples in random order (N + M, D) and the values (N + M, C) to be predicted, split alike."""
    return _split(REGRESSION, inputs, values.astype(np.float32), num_train, values.shape[1], clusters, bounds)


def with_features(task: Task, features: str) -> Task:
    """The task of points on a plane with these features of their coordinates as its inputs."""
    train_inputs = basis_expansion(task.train_inputs, features)
    test_inputs = basis_expansion(task.test_inputs, features)
    return replace(task, train_inputs=train_inputs, test_inputs=test_inputs, features=features)


def _split(
    objective: Objective,
    inputs: np.ndarray,
    targets: np.ndarray,
    num_train: int,
    num_outputs: int,
    clusters: np.ndarray | None,
    bounds: Bounds | None,
) -> Task:
    x, y = torch.from_numpy(inputs.astype(np.float32)), torch.from_numpy(targets)
    return Task(
        objective=objective,
        num_outputs=num_outputs,
        train_inputs=x[:num_train],
        train_targets=y[:num_train],
        test_inputs=x[num_train:],
        test_targets=y[num_train:],
        test_clusters=None if clusters is None else torch.from_numpy(clusters[num_train:].astype(np.int64)),
        bounds=bounds,
    )
