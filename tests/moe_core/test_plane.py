"""The plane, drawn from a model whose answers are known everywhere."""

import math

import numpy as np
import pytest
import torch

from moe_core.experts import LinearExperts, MLPExperts
from moe_core.model import evaluation_mode
from moe_core.plane import cell_centres
from moe_core.routers import LinearRouter
from moe_core.trainer import Trainer
from tests.moe_core.cases import fingerprint, small_config


def two_halves(axis: int) -> Trainer:
    """Expert 0 owns the side where input `axis` is positive, expert 1 the other; they predict classes 1 and 0."""
    trainer = Trainer(small_config(num_experts=2, router="switch"))
    router, experts = trainer.model.router, trainer.model.experts
    assert isinstance(router, LinearRouter)
    assert isinstance(experts, MLPExperts)
    with torch.no_grad():
        for parameter in trainer.model.parameters():
            parameter.zero_()
        router.weight[:, axis] = torch.tensor([1.0, -1.0])
        experts.b_out.copy_(torch.tensor([[0.0, 1.0], [1.0, 0.0]]))
    return trainer


def two_slopes() -> Trainer:
    """Of a function of one input: expert 0 owns the right and says x, expert 1 owns the left and says -2 x."""
    trainer = Trainer(small_config(task="piecewise", expert="linear", num_experts=2, router="switch"))
    router, experts = trainer.model.router, trainer.model.experts
    assert isinstance(router, LinearRouter)
    assert isinstance(experts, LinearExperts)
    with torch.no_grad():
        for parameter in trainer.model.parameters():
            parameter.zero_()
        router.weight.copy_(torch.tensor([[1.0], [-1.0]]))
        experts.weight.copy_(torch.tensor([[[1.0]], [[-2.0]]]))
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


ROUTERS = [{"router": "switch"}, {"k": 2}, {"k": 4}, {"router": "noisy_top_k"}, {"router": "dense"}]


@pytest.mark.parametrize("settings", ROUTERS, ids=str)
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


@pytest.mark.parametrize("settings", [{"router": "expert_choice", "choice_factor": 0.5}, {"router": "soft"}], ids=str)
def test_where_the_router_looks_at_the_batch_the_owner_is_the_most_probable_expert(settings: dict[str, object]) -> None:
    """Chosen there or not: the places of a drawing are a batch that never was."""
    trainer = Trainer(small_config(**settings))
    plane = trainer.plane(8)
    assert plane is not None
    assert trainer.task.bounds is not None
    with evaluation_mode(trainer.model):
        _, routing = trainer.model(cell_centres(trainer.task.bounds, 8))
    believed, owner = routing.probs.max(-1)
    assert plane.owner.flatten().tolist() == owner.tolist()
    assert plane.strength.flatten().tolist() == (255 * believed).to(torch.uint8).tolist()
    if trainer.config.router.varies:
        assert not routing.assigned.gather(-1, owner.unsqueeze(-1)).all()


def test_a_forced_expert_owns_the_plane_however_improbable_it_is() -> None:
    trainer = Trainer(small_config(router="switch"))
    trainer.do("force", 2)
    plane = trainer.plane(8)
    assert plane is not None
    assert (plane.owner == 2).all()
    assert (plane.strength > 0).all()  # At 0 it would be nobody's.


@pytest.mark.parametrize("task", ["digits", "breast_cancer", "piecewise"])
def test_a_task_of_other_than_two_inputs_has_no_plane(task: str) -> None:
    assert Trainer(small_config(task=task)).plane(8) is None


@pytest.mark.parametrize("task", ["digits", "breast_cancer", "moons"])
def test_a_task_of_other_than_one_input_has_no_line(task: str) -> None:
    assert Trainer(small_config(task=task)).line(8) is None


def test_a_line_runs_over_the_bounds_of_the_input_from_left_to_right() -> None:
    line = two_slopes().line(5)
    assert line is not None
    assert line.x.tolist() == pytest.approx([-1.05, -0.525, 0.0, 0.525, 1.05])


def test_a_line_shows_every_experts_own_answer_and_who_is_asked() -> None:
    """Four places, +-1.05 and +-0.35. The gate is the owner's probability, 1 / (1 + e^(-2 |x|))."""
    line = two_slopes().line(4)
    assert line is not None
    places = (-1.05, -0.35, 0.35, 1.05)
    sure = [1 / (1 + math.exp(-2 * abs(x))) for x in places]
    assert line.owner.tolist() == [1, 1, 0, 0]
    assert line.strength.tolist() == [int(255 * probability) for probability in sure]
    assert line.experts[0].tolist() == pytest.approx(places)
    assert line.experts[1].tolist() == pytest.approx([-2 * x for x in places])
    answers = [gate * (x if x > 0 else -2 * x) for gate, x in zip(sure, places, strict=True)]
    assert line.prediction.tolist() == pytest.approx(answers)


def test_a_line_has_one_number_a_place_and_one_a_place_and_expert() -> None:
    line = Trainer(small_config(task="piecewise")).line(40)
    assert line is not None
    for picture, kind in ((line.owner, np.uint8), (line.strength, np.uint8), (line.prediction, np.float32)):
        assert picture.shape == (40,)
        assert picture.dtype == kind
    assert line.experts.shape == (4, 40)
    assert line.experts.dtype == np.float32


@pytest.mark.parametrize("settings", [{}, {"task": "piecewise"}], ids=["plane", "line"])
def test_looking_leaves_the_model_in_training_and_its_noise_where_it_was(settings: dict[str, object]) -> None:
    trainer = Trainer(small_config(router="noisy_top_k", **settings))
    before = fingerprint(trainer)
    assert (trainer.plane(8) is None) != (trainer.line(8) is None)
    assert trainer.model.router.training
    assert fingerprint(trainer) == before
