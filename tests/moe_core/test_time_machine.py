"""Going back to a kept state and on from there: bitwise the run as it was, or another one, within a bound of memory."""

import tracemalloc
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from moe_core.config.command import Command
from moe_core.time_machine import RunState, TimeMachine
from moe_core.trainer import KEEP_EVERY, Trainer
from tests.moe_core.cases import every_choice, fingerprint, meaningful, small_config, train

every_kind = pytest.mark.parametrize("settings", every_choice(), ids=str)


def made_up(step: int, num_bytes: int = 80) -> RunState:
    return RunState(step, (), {"weight": torch.zeros(num_bytes, dtype=torch.uint8)})


def run_to(machine: TimeMachine, last: int, num_bytes: int = 80) -> None:
    """Keep what is wanted, step by step, as a trainer does."""
    for step in range(machine.last_step + 1, last + 1):
        if machine.wants(step):
            machine.keep(made_up(step, num_bytes))


@pytest.fixture
def room_for_four(monkeypatch: pytest.MonkeyPatch) -> TimeMachine:
    """Four states of 80 bytes, ten steps apart."""
    monkeypatch.setattr(TimeMachine, "MAX_BYTES", 320)
    return TimeMachine(10)


def test_states_are_kept_at_a_regular_spacing() -> None:
    machine = TimeMachine(10)
    run_to(machine, 45)
    assert machine.steps == (0, 10, 20, 30, 40)
    assert (machine.bytes, machine.last_step) == (400, 40)
    assert [machine.state(step).step for step in machine.steps] == [0, 10, 20, 30, 40]


def test_without_room_every_second_state_goes_and_the_spacing_doubles(room_for_four: TimeMachine) -> None:
    run_to(room_for_four, 30)
    assert (list(room_for_four.steps), room_for_four.spacing) == ([0, 10, 20, 30], 10)
    run_to(room_for_four, 40)
    assert (list(room_for_four.steps), room_for_four.spacing) == ([0, 20, 40], 20)
    run_to(room_for_four, 79)
    assert list(room_for_four.steps) == [0, 20, 40, 60]
    run_to(room_for_four, 80)
    assert (list(room_for_four.steps), room_for_four.spacing) == ([0, 40, 80], 40)
    assert room_for_four.bytes == 240


def test_a_run_of_any_length_is_kept_within_its_bytes_from_step_zero_on(room_for_four: TimeMachine) -> None:
    for step in range(0, 5000, 10):
        run_to(room_for_four, step)
        assert room_for_four.bytes == 80 * len(room_for_four.steps) <= 320
        last = room_for_four.steps[-1]
        assert room_for_four.steps == tuple(range(0, last + 1, room_for_four.spacing))
        assert step - last < room_for_four.spacing


def test_the_number_of_states_is_bounded_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TimeMachine, "MOST_STATES", 5)
    machine = TimeMachine(10)
    for step in range(0, 3000, 10):
        run_to(machine, step)
        assert len(machine.steps) <= 5
        assert machine.steps[0] == 0
    assert machine.spacing == 640


def test_the_bounds_are_20_mib_and_1024_states() -> None:
    """A long run of small states ends at the one, a long run of large ones at the other."""
    small, large = TimeMachine(1), TimeMachine(1)
    run_to(small, 5000, num_bytes=10)
    assert 512 <= len(small.steps) <= 1024
    run_to(large, 500, num_bytes=100_000)
    assert 10 * 2**20 < large.bytes <= 20 * 2**20


def test_many_small_tensors_take_little_more_memory_than_their_numbers() -> None:
    """As tensors of their own they would take ten times as much, and nobody would have counted it."""
    trainer = Trainer(small_config())
    machine = TimeMachine(1)
    machine.keep(trainer.state())
    tracemalloc.start()
    try:
        for step in range(1, 200):
            machine.keep(replace(trainer.state(), step=step))
        taken, _ = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert taken < 1.1 * machine.bytes


@pytest.mark.parametrize("num_bytes", [168, 320, 10_000])
def test_states_too_large_for_two_leave_step_zero_alone(room_for_four: TimeMachine, num_bytes: int) -> None:
    run_to(room_for_four, 2000, num_bytes)
    assert room_for_four.steps == (0,)
    assert room_for_four.bytes == num_bytes


def test_a_run_whose_states_grow_stays_within_its_bytes(room_for_four: TimeMachine) -> None:
    """As they do when experts are added."""
    run_to(room_for_four, 40)
    for step in range(50, 1000, 10):
        run_to(room_for_four, step, num_bytes=80 + step // 10)
        assert room_for_four.bytes <= 320
        assert room_for_four.steps[0] == 0


def test_forgetting_what_came_later_frees_its_memory() -> None:
    machine = TimeMachine(10)
    run_to(machine, 50)
    machine.forget_after(25)
    assert (machine.steps, machine.bytes, machine.last_step) == ((0, 10, 20), 240, 20)
    run_to(machine, 30)
    assert machine.steps == (0, 10, 20, 30)


@pytest.mark.parametrize(("step", "nearest"), [(25, 20), (26, 30), (-5, 0), (1000, 40)])
def test_a_step_that_was_not_kept_is_refused_naming_the_nearest(step: int, nearest: int) -> None:
    machine = TimeMachine(10)
    run_to(machine, 40)
    with pytest.raises(ValueError, match=f"step = {step} was refused: .* the nearest is {nearest}.$"):
        machine.state(step)


def test_a_refused_step_leaves_the_run_where_it_is() -> None:
    trainer = train(Trainer(small_config()), 45)
    before = fingerprint(trainer), trainer.kept.steps
    with pytest.raises(ValueError, match="step = 30 was refused: no state of it is kept"):
        trainer.go_back(30)
    assert (fingerprint(trainer), trainer.kept.steps) == before


def copies(trainer: Trainer) -> dict[int, dict[str, Tensor]]:
    states = {step: trainer.kept.state(step).tensors for step in trainer.kept.steps}
    return {step: {name: tensor.clone() for name, tensor in state.items()} for step, state in states.items()}


@every_kind
def test_kept_states_are_copies(settings: dict[str, object]) -> None:
    """Neither training on, nor going back to one and on from there, changes a state in place."""
    trainer = train(Trainer(small_config(**settings)), 40)
    kept = copies(trainer)
    train(trainer, 5)
    trainer.do("kill", 1)
    trainer.replay(meaningful(trainer.config, [Command(trainer.step_count, "add", None)]), trainer.step_count + 5)
    trainer.go_back(20)
    train(trainer, 15)
    for step in (0, 20):
        state = trainer.kept.state(step).tensors
        assert state.keys() == kept[step].keys()
        assert all(torch.equal(state[name], kept[step][name]) for name in state)


LATER = (
    Command(5, "freeze", 0),
    Command(10, "clone", 1),
    Command(25, "add", None),
    Command(25, "kill", 2),
    Command(30, "learning_rate", 0.03),
    Command(45, "clone", 0),
    Command(50, "revive_afresh", 2),
    Command(50, "temperature", 2.0),
)
"""What is done in a run of 70 steps: 4 experts at first, 5 at step 20, 6 at step 40 and 7 at step 60."""


def eventful(settings: dict[str, object], num_steps: int) -> Trainer:
    trainer = Trainer(small_config(**settings))
    commands = meaningful(trainer.config, LATER)
    trainer.replay([command for command in commands if command.step < num_steps], num_steps)
    return trainer


def repeat(trainer: Trainer, num_steps: int) -> Trainer:
    """Do again what was done from here on. A state of a step is from before that step's commands."""
    commands = meaningful(trainer.start_config, LATER)
    trainer.replay([command for command in commands if trainer.step_count <= command.step < num_steps], num_steps)
    return trainer


@pytest.mark.parametrize(
    ("settings", "step"),
    [*((settings, 20) for settings in every_choice()), *(({"router": "noisy_top_k"}, step) for step in (0, 40, 60))],
    ids=str,
)
def test_going_back_and_on_is_bitwise_the_run_as_it_was(settings: dict[str, object], step: int) -> None:
    """With experts added in between, the optimizer's memory, the balancer's and the noise."""
    trainer = eventful(settings, 70)
    end, kept = fingerprint(trainer), trainer.kept.steps
    trainer.go_back(step)
    assert trainer.num_experts == ({0: 4, 20: 5, 40: 6, 60: 7}[step] if trainer.config.router.grows is True else 4)
    assert trainer.step_count == step
    there = eventful(settings, step)
    assert (trainer.log, trainer.config) == (there.log, there.config)
    assert fingerprint(repeat(trainer, 70)) == end
    assert trainer.kept.steps == kept


@every_kind
def test_going_back_and_another_way_is_the_run_that_always_went_there(settings: dict[str, object]) -> None:
    """Fewer experts than before, other settings: later states, curves and commands are dropped and nothing is left."""
    trainer = eventful(settings, 70)
    trainer.go_back(20)
    other = eventful(settings, 20)
    for run in (trainer, other):
        run.do("learning_rate", 0.002)
        run.do("kill", 3)
    assert list(trainer.kept.steps) == list(other.kept.steps) == [0, 20]
    assert fingerprint(trainer) == fingerprint(other)
    for run in (trainer, other):
        train(run, 10)
        run.replay(meaningful(run.config, [Command(run.step_count, "add", None)]), run.step_count + 20)
    assert fingerprint(trainer) == fingerprint(other)
    assert list(trainer.kept.steps) == list(other.kept.steps) == [0, 20, 40]


def test_going_back_and_forth_without_training_loses_nothing() -> None:
    trainer = eventful({}, 60)
    end, steps, version = fingerprint(trainer), trainer.kept.steps, trainer.history.version
    assert steps == (0, 20, 40, 60)
    for step in (20, 60, 0, 40, 60, 20, 20, 60):
        trainer.go_back(step)
        assert trainer.kept.steps == steps
        assert trainer.history.last_step == 60
    assert (fingerprint(trainer), trainer.history.version) == (end, version)


def test_one_step_after_going_back_drops_what_came_later_and_tells_readers() -> None:
    trainer = eventful({}, 60)
    version = trainer.history.version
    trainer.go_back(20)
    trainer.step()
    assert trainer.kept.steps == (0, 20)
    assert trainer.history.column("step").tolist() == [0, 10, 20]
    assert trainer.history.version > version
    assert [command.step for command in trainer.log] == [5, 10]


def test_going_back_keeps_the_present_too() -> None:
    """Though it is no multiple of the spacing: whoever looks back may come back."""
    trainer = train(Trainer(small_config()), 45)
    end = fingerprint(trainer)
    trainer.go_back(40)
    assert trainer.kept.steps == (0, 20, 40, 45)
    trainer.go_back(45)
    assert fingerprint(trainer) == end
    with pytest.raises(ValueError, match="the nearest is 45"):
        trainer.go_back(60)


def test_the_curves_go_on_after_they_were_thinned(monkeypatch: pytest.MonkeyPatch) -> None:
    """Going back before rows that the thinning left out: rows stay regular, and the last is no newer than the step."""
    monkeypatch.setattr("moe_core.history.History.MAX_ROWS", 4)
    trainer = train(Trainer(small_config()), 80)
    assert trainer.history.column("step").tolist() == [0, 40, 80]
    trainer.go_back(60)
    train(trainer, 1)
    assert trainer.history.column("step").tolist() == [0, 40]
    train(trainer, 59)
    assert trainer.history.column("step").tolist() == [0, 40, 80, 120]


def test_looks_after_going_back_are_those_of_that_time() -> None:
    trainer = eventful({"router": "noisy_top_k"}, 20)
    measured, plane, stories = trainer.measure(), trainer.plane(8), trainer.history.loads()
    repeat(trainer, 70)
    trainer.go_back(20)
    assert trainer.measure() == measured
    again = trainer.plane(8)
    assert plane is not None
    assert again is not None
    assert np.array_equal(again.owner, plane.owner)
    assert np.array_equal(trainer.history.loads()[: len(stories), :5], stories, equal_nan=True)


def test_a_run_too_large_to_be_kept_can_still_go_back_to_its_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(TimeMachine, "MAX_BYTES", 1000)
    trainer = train(Trainer(small_config()), 3 * KEEP_EVERY)
    assert trainer.kept.steps == (0,)
    trainer.go_back(0)
    assert fingerprint(train(trainer, 15)) == fingerprint(train(Trainer(small_config()), 15))
