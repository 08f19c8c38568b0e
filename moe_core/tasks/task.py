"""A task: data to learn from, data to judge by, and a few fixed examples to look at."""

from dataclasses import dataclass

import numpy as np
from torch import Tensor

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class Task:
    """A classification problem. N examples of D features, C classes.

    train_inputs (N, D), train_labels (N,)   what batches are drawn from
    test_inputs (M, D), test_labels (M,)     what reported metrics are taken on
    test_clusters (M,) or None               which sub-problem made each test example, where that is known
    bounds                                   x low, x high, y low, y high of the plane shown, or None when D is not 2
    """

    name: str
    title: str
    num_classes: int
    train_inputs: Tensor
    train_labels: Tensor
    test_inputs: Tensor
    test_labels: Tensor
    test_clusters: Tensor | None
    bounds: Bounds | None

    NUM_PROBES = 300

    @property
    def num_inputs(self) -> int:
        """D."""
        return self.train_inputs.shape[1]

    @property
    def probe_inputs(self) -> np.ndarray:
        """The first test examples (P, D): the same ones are shown during the whole run."""
        return self.test_inputs[: self.NUM_PROBES].numpy()

    @property
    def probe_labels(self) -> np.ndarray:
        """Classes of the probe (P,), uint8."""
        return self.test_labels[: self.NUM_PROBES].numpy().astype(np.uint8)
