"""Adam, AdamW and SGD with momentum against their formulas, each part of the models at its own rate."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from moe_core.config import TABLE
from moe_core.optimizers import MEMORY, OPTIMIZERS, blank_memory
from moe_core.trainer import Trainer
from tests.moe_core.cases import small_config, train
from tests.moe_core.test_trainer import losses_of_next_step, rate

every_optimizer = pytest.mark.parametrize("optimizer", TABLE["optimizer"].choices)

Memory = dict[str, Tensor]


def naive_adam(weight: Tensor, gradient: Tensor, memory: Memory, rate: float) -> Tensor:
    """Kingma and Ba 2014, algorithm 1, with beta 0.9 and 0.999."""
    memory["step"] += 1
    memory["exp_avg"] = 0.9 * memory["exp_avg"] + 0.1 * gradient
    memory["exp_avg_sq"] = 0.999 * memory["exp_avg_sq"] + 0.001 * gradient**2
    mean = memory["exp_avg"] / (1 - 0.9 ** memory["step"])
    square = memory["exp_avg_sq"] / (1 - 0.999 ** memory["step"])
    return weight - rate * mean / (square.sqrt() + 1e-8)


def naive_adamw(weight: Tensor, gradient: Tensor, memory: Memory, rate: float) -> Tensor:
    """Loshchilov and Hutter 2017, algorithm 2, with a decay of 0.3."""
    return naive_adam(weight * (1 - rate * 0.3), gradient, memory, rate)


def naive_sgd(weight: Tensor, gradient: Tensor, memory: Memory, rate: float) -> Tensor:
    """v = 0.8 v + g, and the weight moves by rate v."""
    memory["momentum_buffer"] = 0.8 * memory["momentum_buffer"] + gradient
    return weight - rate * memory["momentum_buffer"]


NAIVE: dict[str, Callable[[Tensor, Tensor, Memory, float], Tensor]] = {
    "adam": naive_adam,
    "adamw": naive_adamw,
    "sgd": naive_sgd,
}
OPTIONS: dict[str, dict[str, object]] = {"adam": {}, "adamw": {"weight_decay": 0.3}, "sgd": {"momentum": 0.8}}


def follow(trainer: Trainer, optimizer: str, memories: dict[str, Memory], num_steps: int) -> None:
    """Take steps, each one checked against the formula in float64."""
    for _ in range(num_steps):
        losses, _ = losses_of_next_step(trainer)
        names = list(trainer.parameters)
        gradients = torch.autograd.grad(torch.stack(losses).sum(), list(trainer.parameters.values()))
        wanted = {
            name: NAIVE[optimizer](trainer.parameters[name].detach().double(), g.double(), memories[name], lr)
            for name, g, lr in zip(names, gradients, (rate(trainer, name) for name in names), strict=True)
        }
        trainer.step()
        for name, weight in wanted.items():
            torch.testing.assert_close(trainer.parameters[name].detach().double(), weight, rtol=1e-4, atol=1e-6)


@every_optimizer
def test_steps_are_the_papers_through_changes_of_rate_and_an_expert_more(optimizer: str) -> None:
    """The memory goes on through all of it. A new expert's is zero, though Adam counts its steps with the others'."""
    settings = OPTIONS[optimizer] | {"router_rate_factor": 0.5, "baseline_learning_rate": 0.02}
    trainer = Trainer(small_config(optimizer=optimizer, **settings))
    memories = {
        name: {
            kind: torch.zeros_like(value, dtype=torch.float64)
            for kind, value in blank_memory(optimizer, weight).items()
        }
        for name, weight in trainer.parameters.items()
    }
    follow(trainer, optimizer, memories, 5)
    trainer.do("learning_rate", 0.003)
    trainer.do("router_rate_factor", 1.0)
    trainer.do("baseline_learning_rate", 0.003)
    follow(trainer, optimizer, memories, 5)
    trainer.do("add")
    for name, memory in memories.items():
        for kind, value in memory.items():
            if name.startswith("model.") and value.dim():
                memory[kind] = torch.cat([value, torch.zeros_like(value[:1])])
    trainer.do("router_rate_factor", 4.0)
    follow(trainer, optimizer, memories, 5)


@every_optimizer
def test_memory_is_there_from_the_start_by_its_names(optimizer: str) -> None:
    """All zeros, and training fills it: nothing else is remembered."""
    trainer = Trainer(small_config(optimizer=optimizer))
    for num_steps in (0, 3):
        train(trainer, num_steps)
        for parameter in trainer.parameters.values():
            memory = trainer.optimizer.state[parameter]
            assert tuple(memory) == MEMORY[optimizer]
            assert any(value.any() for value in memory.values()) == (num_steps > 0)
    assert set(OPTIMIZERS) == set(MEMORY) == set(TABLE["optimizer"].choices)


@pytest.mark.parametrize(
    ("settings", "num_groups"),
    [
        ({}, 1),
        ({"router_rate_factor": 0.5}, 2),
        ({"baseline_learning_rate": 0.02}, 2),
        ({"router_rate_factor": 0.5, "baseline_learning_rate": 0.02}, 3),
    ],
    ids=str,
)
def test_every_parameter_is_in_one_group_and_a_rate_in_one(settings: dict[str, object], num_groups: int) -> None:
    trainer = train(Trainer(small_config()), 2)
    for name, value in settings.items():
        trainer.do(name, value)
    trainer.do("clone", 1)
    groups = trainer.optimizer.param_groups
    assert len(groups) == num_groups
    found = {id(parameter): group["lr"] for group in groups for parameter in group["params"]}
    assert found == {id(parameter): rate(trainer, name) for name, parameter in trainer.parameters.items()}
    assert sum(len(group["params"]) for group in groups) == len(trainer.parameters) == len(trainer.optimizer.state)


def test_the_baselines_rate_is_their_own() -> None:
    """The experts' rate does not move them, and theirs does not move the experts."""
    for setting, moved in (("learning_rate", "plain"), ("baseline_learning_rate", "model")):
        trainer = Trainer(small_config(**{setting: 0.0}))
        before = {name: weight.detach().clone() for name, weight in trainer.parameters.items()}
        train(trainer, 3)
        still = {name for name, weight in trainer.parameters.items() if torch.equal(weight, before[name])}
        assert still
        assert not any(name.startswith(moved) for name in still)
        assert all(name.startswith(("model",) if moved == "plain" else ("plain", "wide")) for name in still)


def test_no_momentum_is_the_gradient_alone() -> None:
    trainer = Trainer(small_config(optimizer="sgd", momentum=0.0))
    memories = {name: {"momentum_buffer": torch.zeros(())} for name in trainer.parameters}
    for _ in range(3):
        for memory in memories.values():
            memory["momentum_buffer"] = torch.zeros(())
        follow(trainer, "sgd", memories, 1)
