"""Two moons, centred."""

import numpy as np
import pytest
import torch

from moe_core.tasks import Task
from moe_core.tasks.moons import moons


def drawn(noise: float) -> Task:
    return moons(np.random.default_rng(0), num_train=2000, noise=noise)


def test_without_noise_each_class_is_a_half_circle() -> None:
    """Class 0 is the upper half around (-0.5, -0.25), class 1 the lower half around (0.5, 0.25), both of radius 1."""
    task = drawn(0.0)
    for label, centre, side in ((0, (-0.5, -0.25), 1.0), (1, (0.5, 0.25), -1.0)):
        offset = task.train_inputs[task.train_targets == label] - torch.tensor(centre)
        torch.testing.assert_close(offset.norm(dim=-1), torch.ones(len(offset)), rtol=1e-5, atol=1e-5)
        assert float((side * offset[:, 1]).min()) > -1e-5


def test_the_data_is_centred() -> None:
    """A linear router without bias splits the plane into wedges that meet at the origin."""
    assert drawn(0.1).train_inputs.mean(0).tolist() == pytest.approx([0.0, 0.0], abs=0.05)


def test_noise_has_the_standard_deviation_that_was_asked_for() -> None:
    """Measured along the radius, where the half circles are straight enough."""
    task = drawn(0.05)
    upper = task.train_inputs[task.train_targets == 0] - torch.tensor([-0.5, -0.25])
    assert float(upper.norm(dim=-1).std()) == pytest.approx(0.05, rel=0.1)
