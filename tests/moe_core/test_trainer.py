"""One training step, the commands a running model takes, and questions that do not disturb it."""

import random

import numpy as np
import pytest
import torch
from torch import Generator
from torch.nn import functional

from moe_core.config import LIVE_FIELDS, TABLE, ConfigError
from moe_core.history import History
from moe_core.losses import load_balancing_loss
from moe_core.trainer import EVALUATE_EVERY, Command, StepRecord, Trainer
from tests.moe_core.cases import every_choice, fingerprint, small_config, train

COLUMN = {name: number for number, name in enumerate(History.COLUMNS)}


def next_batch(trainer: Trainer) -> torch.Tensor:
    """Numbers of the examples that the next step will draw."""
    generator = Generator()
    generator.set_state(trainer.batches.get_state())
    size = (trainer.config.training.batch_size,)
    return torch.randint(len(trainer.task.train_labels), size, generator=generator)


@pytest.mark.parametrize("settings", every_choice(), ids=str)
def test_a_step_is_adam_on_the_sum_of_three_losses(settings: dict[str, object]) -> None:
    """Adam's first step moves every weight by lr g / (|g| + 1e-8), g its gradient. The record holds what was before."""
    trainer = Trainer(small_config(**settings))
    chosen = next_batch(trainer)
    inputs, labels = trainer.task.train_inputs[chosen], trainer.task.train_labels[chosen]
    scores, routing = trainer.model(inputs)
    loss = functional.cross_entropy(scores, labels)
    coefficient = trainer.config.settings().get("balance_coefficient", 0.0)
    balance = coefficient * load_balancing_loss(routing)
    plain_loss = functional.cross_entropy(trainer.plain(inputs), labels)
    parameters = list(trainer.parameters.values())
    gradients = torch.autograd.grad(loss + balance + plain_loss, parameters)
    before = [parameter.detach().clone() for parameter in parameters]

    record = trainer.step()
    for parameter, start, gradient in zip(parameters, before, gradients, strict=True):
        wanted = start - 0.01 * gradient / (gradient.abs() + 1e-8)
        torch.testing.assert_close(parameter.detach(), wanted, rtol=1e-4, atol=1e-6)
    right = (scores.argmax(-1) == labels).float().mean()
    wanted_record = StepRecord(1, loss.item(), balance.item(), plain_loss.item(), right.item())
    assert vars(record) == pytest.approx(vars(wanted_record), rel=1e-6)
    assert trainer.step_count == 1


def test_the_curves_have_a_row_every_ten_steps() -> None:
    """Row 0 is the untrained model, which no batch was drawn for. Later rows are what a look at that moment says."""
    trainer = Trainer(small_config())
    assert len(trainer.history) == 1
    first = trainer.history.rows()[0]
    assert first[COLUMN["step"]] == 0
    assert first[COLUMN["test_loss"]] == np.float32(trainer.initial_metrics["test_loss"])
    assert np.isnan(first[COLUMN["train_loss"]])

    train(trainer, EVALUATE_EVERY - 1)
    assert len(trainer.history) == 1
    record, look = trainer.step(), trainer.evaluate()
    assert len(trainer.history) == 2
    row = dict(zip(History.COLUMNS, trainer.history.rows(1)[0].tolist(), strict=True))
    wanted = {
        "step": 10,
        "train_loss": record.loss,
        "train_accuracy": record.accuracy,
        "plain_train_loss": record.plain_loss,
        "test_loss": look.test_loss,
        "test_accuracy": look.test_accuracy,
        "plain_test_loss": look.plain_test_loss,
        "plain_test_accuracy": look.plain_test_accuracy,
        "effective_experts": look.effective_experts,
    }
    assert row == pytest.approx(wanted, rel=1e-6)


def test_a_live_learning_rate_acts_on_the_next_step_and_is_logged() -> None:
    """At rate 0 nothing moves. Adam's memory is kept, so back at 0.01 the weights move again."""
    trainer = train(Trainer(small_config()), 3)

    def weights() -> list[torch.Tensor]:
        return [parameter.detach().clone() for parameter in trainer.parameters.values()]

    trainer.set("learning_rate", 0.0)
    before = weights()
    trainer.step()
    assert all(torch.equal(a, b) for a, b in zip(before, weights(), strict=True))
    trainer.set("learning_rate", "0.01")
    trainer.step()
    assert not any(torch.equal(a, b) for a, b in zip(before, weights(), strict=True))
    assert trainer.log == [Command(3, "learning_rate", 0.0), Command(4, "learning_rate", 0.01)]
    assert trainer.config.training.learning_rate == 0.01
    assert trainer.start_config == small_config()


def test_a_live_balance_coefficient_acts_on_the_next_step_and_is_logged() -> None:
    """Two runs that are the same so far see the same batch, so their balance losses differ by the coefficient."""
    one, other = (train(Trainer(small_config(balance_coefficient=0.1)), 3) for _ in range(2))
    other.set("balance_coefficient", 1.0)
    assert other.step().balance_loss == pytest.approx(10 * one.step().balance_loss)
    assert other.log == [Command(3, "balance_coefficient", 1.0)]
    assert fingerprint(one) != fingerprint(other)


@pytest.mark.parametrize("field", sorted(set(TABLE) - LIVE_FIELDS))
def test_a_field_that_restarts_the_run_cannot_be_set(field: str) -> None:
    trainer = Trainer(small_config())
    before = fingerprint(trainer)
    with pytest.raises(ConfigError, match=f"{field} = .* was refused: it restarts the run"):
        trainer.set(field, TABLE[field].default)
    assert fingerprint(trainer) == before


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("learning_rate", -1, "it is a number from 0 to 1,000,000"),
        ("learning_rate", float("nan"), "it is a number from 0 to 1,000,000"),
        ("learning_rate", "fast", "it is a number from 0 to 1,000,000"),
        ("balance_coefficient", 0.5, "it has no meaning when balancer is none"),
        ("learning_rat", 0.1, "did you mean learning_rate"),
    ],
)
def test_a_bad_live_value_changes_nothing(field: str, value: object, sentence: str) -> None:
    trainer = train(Trainer(small_config(balancer="none")), 2)
    before = fingerprint(trainer)
    with pytest.raises(ConfigError, match=sentence):
        trainer.set(field, value)
    assert fingerprint(trainer) == before
    assert trainer.log == []


def look(trainer: Trainer) -> None:
    """Everything a screen asks for."""
    trainer.evaluate().metrics()
    trainer.plane(16)
    trainer.history.rows()
    _ = trainer.task.probe_inputs, trainer.task.probe_labels, trainer.evaluate().expert_class


def global_random_states() -> tuple[object, ...]:
    return torch.get_rng_state().tolist(), repr(np.random.get_state()), random.getstate()


@pytest.mark.parametrize("settings", every_choice(), ids=str)
def test_looking_draws_no_random_numbers(settings: dict[str, object]) -> None:
    """Neither the run's own, nor any that the process shares."""
    trainer = train(Trainer(small_config(**settings)), 3)
    before, run = global_random_states(), fingerprint(trainer)
    look(trainer)
    assert global_random_states() == before
    assert fingerprint(trainer) == run


@pytest.mark.parametrize("settings", every_choice(), ids=str)
def test_training_draws_only_the_runs_own_random_numbers(settings: dict[str, object]) -> None:
    before = global_random_states()
    train(Trainer(small_config(**settings)), 3)
    assert global_random_states() == before


def test_looking_leaves_the_model_ready_to_train() -> None:
    """No gradient, no mode and no cached tensor is left behind."""
    trainer = Trainer(small_config())
    look(trainer)
    assert trainer.model.training
    assert all(parameter.grad is None for parameter in trainer.parameters.values())
    assert not any(parameter.is_inference() for parameter in trainer.parameters.values())
    train(trainer, 1)


def test_two_looks_at_the_same_moment_see_the_same() -> None:
    trainer = train(Trainer(small_config()), 3)
    assert trainer.evaluate().metrics() == trainer.evaluate().metrics()
    one, other = trainer.plane(16), trainer.plane(16)
    assert one is not None
    assert other is not None
    for name in ("owner", "strength", "prediction"):
        assert np.array_equal(getattr(one, name), getattr(other, name))


def test_the_plain_network_does_not_depend_on_how_the_mixture_trains() -> None:
    """Same seed, another balance coefficient: the mixture goes elsewhere, the plain network's curves are the same."""
    rows = [train(Trainer(small_config(balance_coefficient=c)), 60).history.rows() for c in (0.0, 3.0)]
    plain = [COLUMN[name] for name in History.COLUMNS if name.startswith("plain_")]
    assert len(plain) == 3
    assert np.array_equal(rows[0][:, plain], rows[1][:, plain], equal_nan=True)
    assert not np.array_equal(rows[0][1:, COLUMN["test_loss"]], rows[1][1:, COLUMN["test_loss"]])
