"""One training step, the settings that act on a running model, and questions that do not disturb it."""

import random

import numpy as np
import pytest
import torch
from torch import Generator, Tensor

from moe_core.config import ConfigError, RunConfig
from moe_core.config.command import Command
from moe_core.divergence import Diverged
from moe_core.history import History
from moe_core.narrator.story_of import story_of
from moe_core.questions import ablation, pulls, saturation, similarity
from moe_core.trainer import EVALUATE_EVERY, Trainer
from moe_core.training_step import StepRecord
from tests.moe_core.cases import every_choice, fingerprint, meaningful, small_config, train

COLUMN = {name: number for number, name in enumerate(History.COLUMNS)}

every_kind = pytest.mark.parametrize("settings", every_choice(), ids=str)


def next_batch(trainer: Trainer) -> Tensor:
    """Numbers of the examples that the next step will draw."""
    generator = Generator()
    generator.set_state(trainer.batches.get_state())
    size = (trainer.config.training.batch_size,)
    return torch.randint(len(trainer.task.train_targets), size, generator=generator)


def losses_of_next_step(trainer: Trainer) -> tuple[list[Tensor], Tensor]:
    """Of the mixture, the balancer, the plain and the wide network, and the mixture's score, on the batch to come."""
    chosen = next_batch(trainer)
    inputs, targets = trainer.task.train_inputs[chosen], trainer.task.train_targets[chosen]
    noise = trainer.model.router.noise
    before = noise.get_state() if noise else None
    outputs, routing = trainer.model(inputs)
    if noise and before is not None:
        noise.set_state(before)
    loss = trainer.task_loss(inputs, outputs, routing, targets)
    plain, wide = (trainer.task.objective.loss(model(inputs), targets) for model in (trainer.plain, trainer.wide))
    return [loss, trainer.balancer.loss(routing), plain, wide], trainer.task.objective.score(outputs.detach(), targets)


def rate(trainer: Trainer, name: str) -> float:
    """The learning rate of a parameter, by the model it belongs to."""
    training = trainer.config.training
    if name.startswith("model.router."):
        return training.learning_rate * training.router_rate_factor
    return training.learning_rate if name.startswith("model.") else training.baseline_learning_rate


@every_kind
def test_a_step_is_the_optimizer_on_the_sum_of_four_losses(settings: dict[str, object]) -> None:
    """First steps by hand: SGD moves a weight by rate g, Adam by rate g / (|g| + 1e-8), and AdamW lets it decay first.
    Router, experts and baselines have a rate each. The record holds the losses before."""
    config = small_config(learning_rate=0.01, router_rate_factor=0.5, baseline_learning_rate=0.02, **settings)
    trainer = Trainer(config)
    losses, _ = losses_of_next_step(trainer)
    gradients = torch.autograd.grad(torch.stack(losses).sum(), list(trainer.parameters.values()))
    before = {name: parameter.detach().clone() for name, parameter in trainer.parameters.items()}

    record = trainer.step()
    decay = 0.01 if config.optimizer.optimizer == "adamw" else 0.0
    for (name, start), gradient in zip(before.items(), gradients, strict=True):
        direction = gradient if config.optimizer.optimizer == "sgd" else gradient / (gradient.abs() + 1e-8)
        wanted = start * (1 - rate(trainer, name) * decay) - rate(trainer, name) * direction
        torch.testing.assert_close(trainer.parameters[name].detach(), wanted, rtol=1e-4, atol=1e-6)
    wanted_record = StepRecord(1, *(loss.item() for loss in losses))
    assert vars(record) == pytest.approx(vars(wanted_record), rel=1e-6)
    assert trainer.step_count == 1


def test_the_curves_have_a_row_every_ten_steps() -> None:
    """Row 0 is the untrained model, which no batch was drawn for. Later rows are what a look at that moment says."""
    trainer = Trainer(small_config())
    assert len(trainer.history) == 1
    first = trainer.history.rows()[0]
    assert first[COLUMN["step"]] == 0
    assert first[COLUMN["test_loss"]] == np.float32(trainer.initial_metrics["test_loss"])
    assert np.isnan(first[[COLUMN["train_loss"], COLUMN["train_score"], COLUMN["balance_loss"]]]).all()
    assert trainer.history.loads()[0].tolist() == trainer.untrained.load.tolist()

    train(trainer, EVALUATE_EVERY - 1)
    assert len(trainer.history) == 1
    _, score = losses_of_next_step(trainer)
    record, seen = trainer.step(), trainer.evaluate()
    assert len(trainer.history) == 2
    row = dict(zip(History.COLUMNS, trainer.history.rows(1)[0].tolist(), strict=True))
    wanted = {
        "step": 10,
        "train_loss": record.loss,
        "train_score": score.item(),
        "balance_loss": record.balance_loss,
        "test_loss": seen.test_loss,
        "test_score": seen.test_score,
        "plain_train_loss": record.plain_loss,
        "plain_test_loss": seen.plain_test_loss,
        "plain_test_score": seen.plain_test_score,
        "wide_train_loss": record.wide_loss,
        "wide_test_loss": seen.wide_test_loss,
        "wide_test_score": seen.wide_test_score,
        "effective_experts": seen.effective_experts,
        "router_entropy": seen.router_entropy,
    }
    assert row == pytest.approx(wanted, rel=1e-6)
    assert trainer.history.loads(1)[0].tolist() == seen.load.tolist()


def look(trainer: Trainer) -> None:
    """Everything a screen asks for."""
    trainer.measure()
    trainer.plane(16)
    trainer.line(16)
    story_of(trainer)
    ablation(trainer)
    similarity(trainer)
    pulls(trainer)
    saturation(trainer)
    trainer.history.rows()
    trainer.history.loads()
    trainer.state()
    _ = trainer.task.probe_inputs, trainer.task.probe_targets, trainer.evaluate().expert_class, trainer.kept.steps


def global_random_states() -> tuple[object, ...]:
    return torch.get_rng_state().tolist(), repr(np.random.get_state()), random.getstate()


@every_kind
def test_looking_draws_no_random_numbers(settings: dict[str, object]) -> None:
    """Neither the run's own, its router's noise among them, nor any that the process shares."""
    trainer = train(Trainer(small_config(**settings)), 3)
    before, run = global_random_states(), fingerprint(trainer)
    look(trainer)
    assert global_random_states() == before
    assert fingerprint(trainer) == run


@every_kind
def test_training_draws_only_the_runs_own_random_numbers(settings: dict[str, object]) -> None:
    before = global_random_states()
    trainer = train(Trainer(small_config(**settings)), 3)
    done = [Command(3, name, expert) for name, expert in (("clone", 0), ("add", None), ("revive_afresh", 1))]
    trainer.replay(meaningful(trainer.config, [*done, Command(3, "revive_by_cloning", 2)]), 6)
    assert global_random_states() == before


def test_looking_leaves_the_models_ready_to_train() -> None:
    """No gradient, no mode and no cached tensor is left behind."""
    trainer = Trainer(small_config())
    look(trainer)
    assert all(model.training for model in (trainer.model, trainer.plain, trainer.wide))
    assert all(parameter.grad is None for parameter in trainer.parameters.values())
    assert not any(parameter.is_inference() for parameter in trainer.parameters.values())
    train(trainer, 1)


def test_two_looks_at_the_same_moment_see_the_same() -> None:
    trainer = train(Trainer(small_config(router="noisy_top_k")), 3)
    assert trainer.measure() == trainer.measure()
    assert torch.equal(pulls(trainer).task, pulls(trainer).task)
    one, other = trainer.plane(16), trainer.plane(16)
    assert one is not None
    assert other is not None
    for name in ("owner", "strength", "prediction"):
        assert np.array_equal(getattr(one, name), getattr(other, name))


def test_the_baselines_do_not_depend_on_how_the_mixture_trains() -> None:
    """Same seed, another balance coefficient: the mixture goes elsewhere, the plain networks' curves are the same."""
    rows = [train(Trainer(small_config(balance_coefficient=c)), 60).history.rows() for c in (0.0, 3.0)]
    baselines = [COLUMN[name] for name in History.COLUMNS if name.startswith(("plain_", "wide_"))]
    assert len(baselines) == 6
    assert np.array_equal(rows[0][:, baselines], rows[1][:, baselines], equal_nan=True)
    assert not np.array_equal(rows[0][1:, COLUMN["test_loss"]], rows[1][1:, COLUMN["test_loss"]])


def test_the_mixture_does_not_depend_on_how_the_baselines_train() -> None:
    rows = [train(Trainer(small_config(baseline_learning_rate=rate)), 30).history.rows() for rate in (0.001, 0.1)]
    own = [COLUMN[name] for name in History.COLUMNS if not name.startswith(("plain_", "wide_"))]
    assert np.array_equal(rows[0][:, own], rows[1][:, own], equal_nan=True)
    assert not np.array_equal(rows[0][1:, COLUMN["plain_test_loss"]], rows[1][1:, COLUMN["plain_test_loss"]])


def test_a_run_that_diverged_can_go_back_and_on() -> None:
    """The kept states are those of before, so with a sane rate from there the run goes on."""
    trainer = train(Trainer(small_config()), 40)
    trainer.do("baseline_learning_rate", 1e6)
    with pytest.raises(Diverged):
        train(trainer, 100)
    trainer.go_back(20)
    assert fingerprint(train(trainer, 30)) == fingerprint(train(Trainer(small_config()), 50))


def test_a_device_that_is_not_there_is_refused_before_anything_is_built(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moe_core.learners.build_task", lambda *_: pytest.fail("the task was built"))
    monkeypatch.setattr("moe_core.device.USABLE", {"cuda": lambda: False, "cpu": lambda: True})
    with pytest.raises(ConfigError, match="device = cuda was refused"):
        Trainer(RunConfig.from_settings({"device": "cuda"}))
