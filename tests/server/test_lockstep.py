"""A lockstep group under its transport: members get equal batches, and what differs is what was changed."""

from collections.abc import Callable

import pytest
import torch

import moe_core.trainer
from moe_core.config import RunConfig, presets
from moe_core.config.command import Command as Step
from moe_core.time_machine import TimeMachine
from moe_core.trainer import Trainer
from server.live_run import LiveRun
from server.lockstep import Refused
from server.protocol import Command

SETTINGS = presets.load("specialists").config.settings()


def group(*others: dict[str, object]) -> LiveRun:
    run = LiveRun(Trainer(RunConfig.from_settings(SETTINGS)))
    assert run.configure(SETTINGS, list(others), now=0.0) is None
    return run


def train(run: LiveRun, steps: int) -> None:
    for _ in range(steps):
        run.obey(Command(command="step"), now=0.0)


def equal(one: Trainer, other: Trainer) -> bool:
    mine, theirs = one.state().tensors, other.state().tensors
    return mine.keys() == theirs.keys() and all(torch.equal(mine[name], theirs[name]) for name in mine)


def test_members_with_nothing_changed_stay_bitwise_equal() -> None:
    run = group({}, {})
    train(run, 15)
    assert [member.step_count for member in run.members] == [15, 15, 15]
    assert equal(run.members[0], run.members[1])
    assert equal(run.members[0], run.members[2])
    assert run.changes(1) == {}


def test_a_member_is_bitwise_the_run_alone_that_it_would_be() -> None:
    run = group({"learning_rate": 0.1, "router": "switch"})
    train(run, 12)
    alone = Trainer(RunConfig.from_settings({**SETTINGS, "k": 1, "learning_rate": 0.1}).merge({"router": "switch"})[0])
    for _ in range(12):
        alone.step()
    assert equal(run.members[1], alone)
    assert run.changes(1)["learning_rate"] == 0.1
    assert run.changes(1)["router"] == "switch"
    assert run.changes(0) == {}


def test_a_live_change_of_one_member_acts_on_it_and_goes_on() -> None:
    run = group({"learning_rate": 0.1})
    train(run, 3)
    version = run.run_version
    assert run.configure(SETTINGS, [{"learning_rate": 0.2}], now=0.0) is None
    assert (run.run_version, run.step) == (version, 3)
    assert [len(member.log) for member in run.members] == [0, 1]
    assert run.changes(1) == {"learning_rate": 0.2}


def alone(*changes: Step, steps: int) -> Trainer:
    """A run without company that had these settings changed on the way, each after so many steps."""
    trainer = Trainer(RunConfig.from_settings(SETTINGS))
    trainer.replay(list(changes), steps)
    return trainer


@pytest.mark.parametrize("others", [[{"num_experts": 4}], [{}, {"router": "switch"}]])
def test_a_change_that_needs_a_new_start_restarts_all(others: list[dict[str, object]]) -> None:
    run = group({})
    train(run, 3)
    version = run.run_version
    run.configure(SETTINGS, others, now=0.0)
    assert run.run_version > version
    assert [member.step_count for member in run.members] == [0] * (1 + len(others))


def test_a_copy_joins_a_run_that_goes_on_as_if_nobody_had() -> None:
    run = group()
    train(run, 25)
    version = run.run_version
    assert run.configure(SETTINGS, [{"learning_rate": 0.1}, {}], now=0.0) is None
    assert [member.step_count for member in run.members] == [25, 25, 25]
    assert run.run_version > version
    assert [*run.kept_steps] == [0, 20]
    assert [len(member.history) for member in run.members] == [3, 3, 3]
    train(run, 20)
    assert equal(run.trainer, alone(steps=45))
    assert equal(run.members[1], alone(Step(25, "learning_rate", 0.1), steps=45))
    assert equal(run.members[2], run.trainer)
    assert run.changes(1) == {"learning_rate": 0.1}


def test_a_run_whose_copies_leave_goes_on_with_what_it_has_learned() -> None:
    run = group()
    train(run, 5)
    run.configure(SETTINGS, [{"learning_rate": 0.1}], now=0.0)
    train(run, 5)
    run.obey(Command(command="play"), now=0.0)
    run.configure(SETTINGS, [], now=0.0)
    assert (run.state, len(run.members), len(run.last_records)) == ("running", 1, 1)
    assert equal(run.trainer, alone(steps=10))


def test_a_copy_that_is_to_differ_in_something_else_is_taken_anew() -> None:
    run = group()
    train(run, 3)
    run.configure(SETTINGS, [{"learning_rate": 0.1}], now=0.0)
    train(run, 5)
    run.configure(SETTINGS, [{"balance_coefficient": 1.0}], now=0.0)
    train(run, 2)
    assert equal(run.members[1], alone(Step(8, "balance_coefficient", 1.0), steps=10))
    assert equal(run.trainer, alone(steps=10))


def test_a_copy_of_another_router_is_taken_anew_where_it_is_to_differ_in_a_live_setting() -> None:
    run = group({"router": "switch"})
    train(run, 4)
    run.configure(SETTINGS, [{"learning_rate": 0.1}], now=0.0)
    train(run, 4)
    assert equal(run.members[1], alone(Step(4, "learning_rate", 0.1), steps=8))
    assert equal(run.trainer, alone(steps=8))


def test_a_copy_made_and_gone_back_with_has_the_past_of_the_run() -> None:
    run = group()
    train(run, 25)
    run.configure(SETTINGS, [{"learning_rate": 0.1}], now=0.0)
    run.obey(Command(command="back", step=20), now=0.0)
    assert run.changes(1) == {}
    assert equal(run.members[1], run.trainer)


def test_a_run_is_freed_of_a_copy_that_diverged() -> None:
    run = group()
    train(run, 3)
    run.configure(SETTINGS, [{"learning_rate": 1.0, "balance_coefficient": 100.0}], now=0.0)
    run.members[1].divergence = "Training diverged after step 3."
    run.obey(Command(command="play"), now=0.0)
    run.advance(now=0.0)
    assert run.state == "diverged"
    run.configure(SETTINGS, [], now=0.0)
    assert [run.state, run.message] == ["paused", None]
    train(run, 2)
    assert run.divergence is None


def test_a_refused_change_of_a_member_changes_nothing() -> None:
    run = group({})
    train(run, 3)
    problem = run.configure(SETTINGS, [{"num_experts": 10**6}], now=0.0)
    assert problem is not None
    assert problem.startswith("num_experts = 1000000 was refused:")
    assert run.step == 3


def test_one_that_diverges_stops_all_and_is_named() -> None:
    run = group({"learning_rate": 1e6})
    run.obey(Command(command="play"), now=0.0)
    for _ in range(100):
        if run.state == "running":
            run.advance(now=0.0)
    assert run.state == "diverged"
    assert run.message is not None
    assert run.message.startswith("Run 2 of 2: Training diverged after step")
    run.obey(Command(command="back", step=0), now=0.0)
    assert [run.state, run.message, run.step] == ["paused", None, 0]
    assert [member.step_count for member in run.members] == [0, 0]


def test_all_rewind_and_go_back_together() -> None:
    run = group({"learning_rate": 0.1})
    train(run, 45)
    assert list(run.kept_steps) == [0, 20, 40]
    run.obey(Command(command="back", step=20), now=0.0)
    assert [member.step_count for member in run.members] == [20, 20]
    assert [*run.kept_steps, run.last_step] == [0, 20, 40, 45, 45]
    run.obey(Command(command="rewind"), now=0.0)
    assert [member.step_count for member in run.members] == [0, 0]


def test_going_back_and_playing_on_is_bitwise_a_run_that_never_left() -> None:
    run = group()
    train(run, 30)
    run.obey(Command(command="play"), now=0.0)
    run.obey(Command(command="back", step=20), now=0.0)
    assert (run.state, run.step, run.last_step) == ("paused", 20, 30)
    assert run.shown_at_once == run.sequence
    train(run, 10)
    never_left = Trainer(RunConfig.from_settings(SETTINGS))
    for _ in range(30):
        never_left.step()
    assert equal(run.trainer, never_left)
    assert run.last_step == 30


def test_a_step_that_is_not_kept_is_refused_and_nothing_is_lost() -> None:
    run = group({})
    train(run, 25)
    run.obey(Command(command="play"), now=0.0)
    before = run.trainer.state()
    with pytest.raises(Refused, match=r"step = 12 was refused: no state of it is kept, and the nearest is 20\."):
        run.obey(Command(command="back", step=12), now=0.0)
    assert (run.state, run.step) == ("running", 25)
    assert all(torch.equal(before.tensors[name], tensor) for name, tensor in run.trainer.state().tensors.items())


def test_going_to_where_the_run_is_pauses_and_undoes_nothing() -> None:
    run = group()
    train(run, 20)
    run.obey(Command(command="intervene", name="kill", expert=2), now=0.0)
    run.obey(Command(command="back", step=20), now=0.0)
    assert (run.state, len(run.trainer.log)) == ("paused", 1)


def test_an_intervention_is_done_to_one_member() -> None:
    run = group({})
    train(run, 3)
    run.obey(Command(command="intervene", name="kill", expert=2, member=1), now=0.0)
    assert [len(member.log) for member in run.members] == [0, 1]
    assert run.members[0].evaluate().load[2] > 0
    load = run.members[1].evaluate().load
    assert load[2] == 0
    assert load.sum() == pytest.approx(1.0)


CHANGES = {
    "a live field": lambda run: run.configure({}, [{"learning_rate": 0.2}], now=0.0),
    "an intervention": lambda run: run.obey(Command(command="intervene", name="freeze", expert=1, member=1), now=0.0),
}


@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_when_one_member_leaves_its_old_future_all_do(change: Callable[[LiveRun], object]) -> None:
    run = group({"learning_rate": 0.1})
    train(run, 45)
    run.obey(Command(command="back", step=20), now=0.0)
    change(run)
    assert [member.history.last_step for member in run.members] == [20, 20]
    assert [member.kept.steps for member in run.members] == [(0, 20), (0, 20)]
    assert run.last_step == 20


def test_a_live_field_that_one_member_cannot_have_is_changed_in_none(monkeypatch: pytest.MonkeyPatch) -> None:
    run = group({"learning_rate": 0.1})
    train(run, 3)
    monkeypatch.setattr(moe_core.trainer, "MOST_COMMANDS", 1)
    run.obey(Command(command="intervene", name="freeze", expert=1, member=1), now=0.0)
    before = [member.config for member in run.members]
    problem = run.configure({"balance_coefficient": 0.3}, [{"learning_rate": 0.1}], now=0.0)
    assert problem == "balance_coefficient = 0.3 was refused: the run has had 1 commands; rewind to go on."
    assert [member.config for member in run.members] == before
    assert run.configure({"learning_rate": 0.05}, [{"learning_rate": 0.1}], now=0.0) is None
    assert [member.config.training.learning_rate for member in run.members] == [0.05, 0.1]


def test_the_fields_that_all_members_can_have_are_changed(monkeypatch: pytest.MonkeyPatch) -> None:
    run = group({})
    monkeypatch.setattr(moe_core.trainer, "MOST_COMMANDS", 1)
    problem = run.configure({"learning_rate": 0.3, "balance_coefficient": 0.3}, [{}], now=0.0)
    assert problem is not None
    assert problem.count("was refused") == 1
    assert [len(member.log) for member in run.members] == [1, 1]
    assert run.changes(1) == {}


def test_a_group_keeps_states_in_the_memory_of_one_run() -> None:
    run = group({}, {}, {})
    assert sum(member.kept.max_bytes for member in run.members) == TimeMachine.MAX_BYTES
    run.obey(Command(command="rewind"), now=0.0)
    assert sum(member.kept.max_bytes for member in run.members) == TimeMachine.MAX_BYTES
    run.configure({}, [], now=0.0)
    assert run.trainer.kept.max_bytes == TimeMachine.MAX_BYTES


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"name": "kill", "expert": 8}, "it is done to one of the experts, 1 to 8"),
        ({"name": "kill"}, "it is done to one of the experts, 1 to 8"),
        ({"name": "add", "expert": 1}, "it is not done to one expert"),
        ({"name": "kill", "expert": 1, "member": 3}, r"member = 3 was refused: this run is one alone\."),
    ],
)
def test_what_cannot_be_done_to_an_expert_is_refused_in_a_sentence(fields: dict[str, object], sentence: str) -> None:
    run = group()
    before = run.sequence
    with pytest.raises(Refused, match=sentence):
        run.obey(Command.model_validate({"command": "intervene", **fields}), now=0.0)
    assert (run.sequence, run.trainer.log) == (before, [])
