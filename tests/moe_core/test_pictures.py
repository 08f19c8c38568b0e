"""What each expert, and the plain network, would say everywhere: drawn from models whose answers are known."""

import math

import numpy as np
import pytest
import torch

from moe_core.experts import MLPExperts
from moe_core.pictures import draw_expert, draw_experts, draw_plain
from moe_core.plane import cell_centres
from moe_core.tasks.task import Bounds
from moe_core.trainer import Trainer
from tests.moe_core.cases import fingerprint, small_config, train
from tests.moe_core.test_plane import two_halves


def bounds_of(trainer: Trainer) -> Bounds:
    assert trainer.task.bounds is not None
    return trainer.task.bounds


def test_of_two_classes_an_expert_shows_the_probability_of_class_1() -> None:
    """Everywhere, also where the other one is asked: expert 0 is e / (e + 1) sure of class 1, expert 1 of class 0."""
    trainer = two_halves(axis=0)
    seen = draw_experts(trainer.model, bounds_of(trainer), 4, 2)
    assert seen.dtype == np.uint8
    sure = 1 / (1 + math.exp(-1))
    assert seen.tolist() == [[int(255 * sure)] * 16, [int(255 * (1 - sure))] * 16]


def test_of_more_classes_an_expert_shows_the_class() -> None:
    trainer = Trainer(small_config(task="pinwheel", num_experts=3))
    num_classes = trainer.task.num_outputs
    assert num_classes > 2
    experts = trainer.model.experts
    assert isinstance(experts, MLPExperts)
    with torch.no_grad():
        experts.w_out.zero_()
        experts.b_out.copy_(torch.eye(num_classes)[[2, 0, 1]])
    seen = draw_experts(trainer.model, bounds_of(trainer), 4, num_classes)
    assert seen.tolist() == [[2] * 16, [0] * 16, [1] * 16]


def test_cells_of_the_experts_run_as_those_of_the_plane_do() -> None:
    """Row by row from the top left: an expert whose class 1 is likelier further up and to the right."""
    trainer = Trainer(small_config(expert="linear", num_experts=2))
    with torch.no_grad():
        trainer.model.experts.get_parameter("weight").zero_()
        trainer.model.experts.get_parameter("bias").zero_()
        trainer.model.experts.get_parameter("weight")[0, :, 1] = torch.tensor([0.1, 1.0])
    rising, flat = draw_experts(trainer.model, bounds_of(trainer), 4, 2).reshape(2, 4, 4).astype(int)
    assert (np.diff(rising, axis=0) < 0).all()
    assert (np.diff(rising, axis=1) > 0).all()
    assert (flat == 127).all()


@pytest.mark.parametrize(
    "settings", [{}, {"router": "dense"}, {"router": "noisy_top_k"}, {"task": "pinwheel"}], ids=str
)
def test_one_expert_is_drawn_as_it_is_among_all_with_what_the_router_thinks_of_it(settings: dict[str, object]) -> None:
    """Its probability everywhere, whether it is chosen or not."""
    trainer = train(Trainer(small_config(**settings)), 5)
    bounds = bounds_of(trainer)
    everyone = draw_experts(trainer.model, bounds, 8, trainer.task.num_outputs)
    trainer.model.eval()
    with torch.inference_mode():
        _, routing = trainer.model(cell_centres(bounds, 8))
    trainer.model.train()
    for expert in range(trainer.num_experts):
        answer, strength = draw_expert(trainer.model, bounds, 8, expert)
        assert answer.shape == strength.shape == (8, 8)
        assert answer.dtype == strength.dtype == np.uint8
        assert answer.flatten().tolist() == everyone[expert].tolist()
        assert strength.flatten().tolist() == (routing.probs[:, expert] * 255.0).to(torch.uint8).tolist()


def test_an_expert_that_was_killed_still_says_what_it_said() -> None:
    trainer = train(Trainer(small_config()), 20)
    before = draw_experts(trainer.model, bounds_of(trainer), 8, 2)
    trainer.do("kill", 1)
    answer, strength = draw_expert(trainer.model, bounds_of(trainer), 8, 1)
    assert answer.flatten().tolist() == before[1].tolist()
    assert not strength.any()


def test_an_expert_that_was_added_is_drawn_too() -> None:
    trainer = Trainer(small_config())
    trainer.do("add")
    assert len(draw_experts(trainer.model, bounds_of(trainer), 8, 2)) == 5


def test_the_plain_network_is_drawn_as_the_class_it_predicts() -> None:
    """Its first weights made so that class 1 wins where the second input is positive: the upper half."""
    trainer = Trainer(small_config())
    plain = trainer.plain
    with torch.no_grad():
        for parameter in plain.parameters():
            parameter.zero_()
        plain.w_in[1, 0] = 1.0
        plain.w_out[0, 1] = 1.0
    seen = draw_plain(plain, bounds_of(trainer), 4)
    assert seen.dtype == np.uint8
    assert seen.tolist() == [[1] * 4, [1] * 4, [0] * 4, [0] * 4]


def test_drawing_leaves_the_models_in_training_and_the_noise_where_it_was() -> None:
    trainer = Trainer(small_config(router="noisy_top_k"))
    before = fingerprint(trainer)
    draw_experts(trainer.model, bounds_of(trainer), 8, 2)
    draw_expert(trainer.model, bounds_of(trainer), 8, 0)
    draw_plain(trainer.plain, bounds_of(trainer), 8)
    assert trainer.model.router.training
    assert trainer.plain.training
    assert fingerprint(trainer) == before
