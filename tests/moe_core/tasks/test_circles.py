"""Two circles, one inside the other."""

import numpy as np
import pytest
import torch

from moe_core.tasks.circles import circles


def test_without_noise_each_class_is_a_circle_around_the_origin() -> None:
    task = circles(np.random.default_rng(0), num_train=2000, noise=0.0)
    for label, radius in ((0, 1.0), (1, 0.5)):
        points = task.train_inputs[task.train_targets == label]
        torch.testing.assert_close(points.norm(dim=-1), torch.full((len(points),), radius), rtol=1e-5, atol=1e-5)
        assert points.mean(0).tolist() == pytest.approx([0.0, 0.0], abs=0.05)
    assert float(task.train_targets.float().mean()) == pytest.approx(0.5, abs=0.03)
