"""Settings that act on a running model: from the next step on, in the log, and on nothing that was learned."""

import pytest
import torch
from torch import Tensor

from moe_core.config import LIVE_FIELDS, TABLE, ConfigError
from moe_core.config.command import Command
from moe_core.time_machine import RunState
from moe_core.trainer import Trainer
from tests.moe_core.cases import fingerprint, small_config, train

NOISY: dict[str, object] = {"router": "noisy_top_k"}
SHAZEER = NOISY | {"balancer": "importance_and_load"}
LIMITED: dict[str, object] = {"capacity": "limited"}
LIVE: dict[str, tuple[dict[str, object], object]] = {
    "learning_rate": ({}, 0.03),
    "router_rate_factor": ({}, 0.25),
    "baseline_learning_rate": ({}, 0.03),
    "batch_size": ({}, 48),
    "temperature": ({}, 3.0),
    "k": ({}, 3),
    "router_noise": (NOISY, 0.5),
    "groups_kept": ({"router": "group_limited", "k": 2, "num_groups": 2, "groups_kept": 1}, 2),
    "routed_scaling": ({"router": "group_limited"}, 2.5),
    "p": ({"router": "top_p"}, 0.8),
    "choice_factor": ({"router": "expert_choice"}, 1.0),
    "target_k": ({"router": "relu", "balancer": "adaptive_l1"}, 3),
    "balance_coefficient": ({}, 1 / 3),
    "importance_coefficient": (SHAZEER, 1 / 3),
    "load_coefficient": (SHAZEER, 1 / 3),
    "information_coefficient": ({"balancer": "mutual_information"}, 1 / 3),
    "entropy_coefficient": ({"balancer": "entropy_loss"}, 1 / 3),
    "z_coefficient": ({"balancer": "z_loss"}, 1 / 3),
    "sequence_coefficient": ({"balancer": "sequence_loss"}, 1 / 3),
    "sequence_length": ({"balancer": "sequence_loss", "sequence_coefficient": 1.0}, 8),
    "bias_rate": ({"balancer": "loss_free"}, 1 / 3),
    "input_jitter": ({"router": "switch"}, 0.5),
    "second_threshold": ({"router": "gshard"}, 0.9),
    "train_capacity_factor": (LIMITED, 0.5),
    "test_capacity_factor": (LIMITED, 0.5),
    "weight_decay": ({"optimizer": "adamw"}, 0.5),
    "momentum": ({"optimizer": "sgd"}, 0.5),
    "stop_after": ({}, 100),
    "plateau_steps": ({}, 100),
}
"""Every live setting: what it needs in order to have a meaning, and a value that is not its default."""

FOR_THE_LOOK = ("stop_after", "plateau_steps", "test_capacity_factor")
"""Settings that are about when a run pauses, or about how it is looked at: they change no step."""
COUNTS = ("k", "p", "target_k", "choice_factor")
"""What says how many experts a token gets, and so how much work the plain network is to do."""

every_live_field = pytest.mark.parametrize("name", LIVE)


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[name], other[name]) for name in one)


def test_every_live_field_is_tested_here() -> None:
    assert set(LIVE) == LIVE_FIELDS


@every_live_field
def test_a_live_field_acts_on_the_next_step_as_if_it_had_always_been_so(name: str) -> None:
    """The same weights and the same memory, in a run that was built with the new value, take bitwise the same step.
    The plain network is as wide as k asks for at step 0, so under another k it is another network."""
    needed, value = LIVE[name]
    trainer = train(Trainer(small_config(**needed)), 3)
    always = Trainer(small_config(**needed | {name: value}))

    def shared(one: Trainer) -> dict[str, Tensor]:
        return {
            part: tensor for part, tensor in one.state().tensors.items() if name not in COUNTS or "plain." not in part
        }

    always.restore(RunState(3, (), always.state().tensors | shared(trainer)))
    trainer.do(name, value)
    assert trainer.step().loss == always.step().loss
    assert same(shared(trainer), shared(always))


@every_live_field
def test_a_live_field_changes_the_next_step_unless_it_is_about_the_look(name: str) -> None:
    needed, value = LIVE[name]
    one, other = (train(Trainer(small_config(**needed)), 3) for _ in range(2))
    other.do(name, value)
    for trainer in (one, other):
        trainer.step()
    assert same(one.state().tensors, other.state().tensors) == (name in FOR_THE_LOOK)


@every_live_field
def test_a_change_of_a_live_field_is_logged_and_touches_no_weight_and_no_memory(name: str) -> None:
    needed, value = LIVE[name]
    trainer = train(Trainer(small_config(**needed)), 3)
    before = trainer.state().tensors
    trainer.do(name, str(value))
    assert same(trainer.state().tensors, before)
    assert trainer.log == [Command(3, name, value)]
    assert trainer.config.settings() == small_config(**needed).settings() | {name: value}
    assert trainer.start_config == small_config(**needed)


def test_at_learning_rate_zero_nothing_moves_and_memory_is_kept() -> None:
    """Back at 0.01 the weights move again, by Adam's memory of the steps before."""
    trainer = train(Trainer(small_config()), 3)

    def weights() -> list[Tensor]:
        return [parameter.detach().clone() for parameter in trainer.parameters.values()]

    trainer.do("learning_rate", 0.0)
    trainer.do("baseline_learning_rate", 0.0)
    before = weights()
    trainer.step()
    assert all(torch.equal(a, b) for a, b in zip(before, weights(), strict=True))
    trainer.do("learning_rate", 0.01)
    trainer.do("baseline_learning_rate", 0.01)
    trainer.step()
    assert not any(torch.equal(a, b) for a, b in zip(before, weights(), strict=True))
    steps = [memory for name, memory in trainer.state().tensors.items() if name.startswith("optimizer.step.")]
    assert [step.item() for step in steps] == [5.0] * len(trainer.parameters)


def test_a_router_rate_factor_of_zero_freezes_the_router_alone() -> None:
    trainer = train(Trainer(small_config(router_rate_factor=0.0)), 5)
    fresh = Trainer(small_config())
    moved = {name for name, weight in trainer.parameters.items() if not torch.equal(weight, fresh.parameters[name])}
    assert moved == {name for name in trainer.parameters if not name.startswith("model.router.")}


def test_a_live_k_sends_each_token_to_so_many_experts() -> None:
    trainer = Trainer(small_config(k=2))
    for k in (1, 4, 3):
        trainer.do("k", k)
        assert set(trainer.evaluate().routing.assigned.sum(-1).tolist()) == {k}


def test_a_live_capacity_factor_changes_what_is_dropped_where_it_is_meant() -> None:
    """0.1 of a fair share drops nine tenths and a little less; the other factor leaves evaluation as it was."""
    trainer = train(Trainer(small_config(**LIMITED)), 3)
    before = trainer.measure()["dropped_fraction"]
    trainer.do("train_capacity_factor", 0.1)
    assert trainer.measure()["dropped_fraction"] == before < 0.5
    trainer.do("test_capacity_factor", 0.1)
    assert trainer.measure()["dropped_fraction"] == pytest.approx(0.9, abs=0.01)


@pytest.mark.parametrize("field", sorted(set(TABLE) - LIVE_FIELDS))
def test_a_field_that_restarts_the_run_cannot_be_changed(field: str) -> None:
    trainer = Trainer(small_config())
    before = fingerprint(trainer)
    with pytest.raises(ConfigError, match=f"{field} = .* was refused: it restarts the run"):
        trainer.do(field, TABLE[field].default)
    assert fingerprint(trainer) == before


@pytest.mark.parametrize(
    ("field", "value", "sentence"),
    [
        ("learning_rate", -1, "it is a number from 0 to 1,000,000"),
        ("learning_rate", float("nan"), "it is a number from 0 to 1,000,000"),
        ("learning_rate", "fast", "it is a number from 0 to 1,000,000"),
        ("learning_rate", True, "it is a number from 0 to 1,000,000"),
        ("learning_rate", None, "it is a number from 0 to 1,000,000"),
        ("k", 5, "it is at most the number of experts, which is 4"),
        ("k", 0, "it is a whole number from 1 to 64"),
        ("batch_size", 1.5, "it is a whole number from 1 to 2,048"),
        ("temperature", 0, "it is a number from 0.01 to 100"),
        ("momentum", 0.5, "it has no meaning when optimizer is adam"),
        ("router_noise", 0.5, "it has no meaning when router is top_k"),
        ("balance_coefficient", 0.5, "it has no meaning when balancer is none"),
        ("learning_rat", 0.1, "no such setting; the nearest are learning_rate"),
    ],
)
def test_a_bad_live_value_changes_nothing(field: str, value: object, sentence: str) -> None:
    trainer = train(Trainer(small_config(balancer="none")), 2)
    before = fingerprint(trainer)
    with pytest.raises(ConfigError, match=sentence) as refused:
        trainer.do(field, value)
    assert str(refused.value).endswith(".")
    assert fingerprint(trainer) == before
    assert trainer.log == []


def test_a_bad_value_after_going_back_does_not_forget_what_came_later() -> None:
    trainer = train(Trainer(small_config()), 60)
    steps, rows = trainer.kept.steps, len(trainer.history)
    trainer.go_back(20)
    with pytest.raises(ConfigError):
        trainer.do("learning_rate", -1)
    assert (trainer.kept.steps, len(trainer.history)) == (steps, rows)
