"""What the lesson on gating teaches, over five seeds: routers become surer, and a gate of 1 teaches them nothing."""

import pytest
import torch

from moe_core.config.lesson import load
from moe_core.token_losses import token_losses
from moe_core.trainer import Trainer
from tests.moe_core.cases import train

pytestmark = pytest.mark.slow


def trained(seed: int, **settings: object) -> Trainer:
    lesson = load("gating")
    config, problems = lesson.config.merge({"seed": seed, **settings})
    assert not problems
    return train(Trainer(config), lesson.question.step)


def largest_gradient(trainer: Trainer) -> float:
    """Of the task's loss, over the logits of 50 test examples."""
    task, load_ = trainer.task, trainer.evaluate().routing.load
    gradients = [
        token_losses(
            trainer.model, task.test_inputs[number], task.test_targets[number], task_loss=trainer.task_loss, load=load_
        ).gradient
        for number in range(50)
    ]
    return float(torch.stack(gradients).abs().max())


@pytest.mark.parametrize("seed", range(5))
def test_the_router_becomes_surer_as_long_as_its_gates_are_not_renormalised(seed: int) -> None:
    trainer = trained(seed)
    assert trainer.initial_metrics["router_entropy"] > 1.6
    assert 0.75 < trainer.evaluate().router_entropy < 1.5
    assert largest_gradient(trainer) > 0.01
    assert largest_gradient(trained(seed, renormalize=True)) == 0.0
