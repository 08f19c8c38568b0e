"""The plane, drawn from a model whose answers are known everywhere."""

import math

import numpy as np
import pytest
import torch

from moe_core.plane import cell_centres
from moe_core.routers import LinearRouter
from moe_core.trainer import Trainer
from tests.moe_core.cases import small_config


def two_halves(axis: int) -> Trainer:
    """Expert 0 owns the side where input `axis` is positive, expert 1 the other; they predict classes 1 and 0."""
    trainer = Trainer(small_config(num_experts=2, router="switch"))
    router, experts = trainer.model.layer.router, trainer.model.layer.experts
    assert isinstance(router, LinearRouter)
    with torch.no_grad():
        for parameter in trainer.model.parameters():
            parameter.zero_()
        router.weight[:, axis] = torch.tensor([1.0, -1.0])
        experts.b_out.copy_(torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    return trainer


def test_cells_run_from_the_top_left() -> None:
    """Two by two cells of the square from 0 to 4: the middles are 1 and 3, and the first row is the upper one."""
    assert cell_centres((0.0, 4.0, 0.0, 4.0), 2).tolist() == [[1, 3], [3, 3], [1, 1], [3, 1]]


def test_row_zero_is_the_top() -> None:
    plane = two_halves(axis=1).plane(4)
    assert plane is not None
    assert plane.owner.tolist() == [[0] * 4, [0] * 4, [1] * 4, [1] * 4]
    assert plane.prediction.tolist() == [[1] * 4, [1] * 4, [0] * 4, [0] * 4]


def test_column_zero_is_the_left() -> None:
    plane = two_halves(axis=0).plane(4)
    assert plane is not None
    assert plane.owner.tolist() == [[1, 1, 0, 0]] * 4


def test_strength_is_the_owners_probability() -> None:
    """Cells of the plane from -1.6 to 1.6 lie at +-0.4 and +-1.2; the logits differ by twice that."""
    plane = two_halves(axis=0).plane(4)
    assert plane is not None
    near, far = (int(255 / (1 + math.exp(-2 * x))) for x in (0.4, 1.2))
    assert plane.strength.tolist() == [[far, near, near, far]] * 4


def test_strength_is_the_probability_and_not_the_gate() -> None:
    """With one expert a token and renormalisation every gate is 1, however unsure the router is."""
    plane = Trainer(small_config(k=1, renormalize=True)).plane(8)
    assert plane is not None
    assert plane.strength.max() < 250


@pytest.mark.parametrize("settings", [{"router": "switch"}, {"k": 2}, {"k": 4, "num_experts": 4}])
def test_the_owner_is_the_chosen_expert_with_the_largest_probability(settings: dict[str, object]) -> None:
    trainer = Trainer(small_config(**settings))
    plane = trainer.plane(8)
    assert plane is not None
    assert trainer.task.bounds is not None
    with torch.inference_mode():
        _, routing = trainer.model(cell_centres(trainer.task.bounds, 8))
    assert plane.owner.flatten().tolist() == routing.probs.argmax(-1).tolist()
    for picture in (plane.owner, plane.strength, plane.prediction):
        assert picture.shape == (8, 8)
        assert picture.dtype == np.uint8


def test_a_task_with_more_inputs_has_no_plane() -> None:
    assert Trainer(small_config(task="digits")).plane(8) is None
