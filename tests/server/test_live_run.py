"""A run under its transport, without processes: what each command does, and when the next step is due."""

import math
from collections.abc import Callable
from typing import Any

import pytest
import torch

from moe_core import learners
from moe_core.config import RunConfig
from moe_core.tables import TableError
from moe_core.tasks import build_task
from moe_core.trainer import Trainer
from server.live_run import LiveRun
from server.lockstep import Refused
from server.protocol import Command


@pytest.fixture
def run() -> LiveRun:
    return LiveRun(Trainer(RunConfig()))


def test_begins_paused_at_step_0(run: LiveRun) -> None:
    assert (run.state, run.trainer.step_count, run.due_at) == ("paused", 0, math.inf)


@pytest.mark.parametrize(
    ("pace", "interval"), [("motion", 1 / 5), ("1", 1 / 30), ("2", 1 / 60), ("10", 1 / 300), ("max", 0.0)]
)
def test_pace(run: LiveRun, pace: str, interval: float) -> None:
    run.obey(Command.model_validate({"command": "pace", "pace": pace}), now=0.0)
    assert run.due_at == math.inf
    run.obey(Command(command="play"), now=10.0)
    assert run.due_at == 10.0
    run.advance(now=10.0)
    assert run.due_at == pytest.approx(10.0 + interval)


def test_missed_steps_are_not_caught_up_in_a_burst(run: LiveRun) -> None:
    run.obey(Command(command="play"), now=0.0)
    run.advance(now=1000.0)
    assert 999.8 < run.due_at < 1000.0


def test_steps_per_second_are_counted(run: LiveRun) -> None:
    run.obey(Command(command="pace", pace="1"), now=0.0)
    run.obey(Command(command="play"), now=0.0)
    for step in range(1, 32):
        run.advance(now=step / 30)
    assert run.steps_per_second == pytest.approx(30.0, rel=0.2)
    run.obey(Command(command="pause"), now=2.0)
    assert run.steps_per_second == 0.0


def test_step_pauses_and_does_one(run: LiveRun) -> None:
    run.obey(Command(command="play"), now=0.0)
    run.obey(Command(command="step"), now=0.0)
    assert (run.state, run.trainer.step_count, run.due_at) == ("paused", 1, math.inf)


def test_every_command_is_a_visible_change_shown_at_once(run: LiveRun) -> None:
    for command in ("play", "pause", "step", "rewind"):
        before = run.sequence
        run.obey(Command.model_validate({"command": command}), now=0.0)
        assert run.shown_at_once == run.sequence > before


def test_rewind_forgets(run: LiveRun) -> None:
    first = run.trainer.plane(8)
    run.obey(Command(command="play"), now=0.0)
    for _ in range(3):
        run.advance(now=0.0)
    version = run.run_version
    run.obey(Command(command="rewind"), now=0.0)
    assert (run.state, run.trainer.step_count, len(run.trainer.history)) == ("paused", 0, 1)
    assert run.run_version > version
    again = run.trainer.plane(8)
    assert first is not None
    assert again is not None
    assert (first.strength == again.strength).all()


def test_a_rewind_that_cannot_be_had_is_refused_and_moves_nobody(monkeypatch: pytest.MonkeyPatch) -> None:
    run = LiveRun(*(Trainer(RunConfig()) for _ in range(2)))
    run.obey(Command(command="step"), now=0.0)
    before, members = run.run_version, run.members
    monkeypatch.setattr(learners, "build_task", gone_after(1))
    with pytest.raises(Refused, match="The table is gone"):
        run.obey(Command(command="rewind"), now=0.0)
    assert (run.run_version, run.members) == (before, members)
    assert [member.step_count for member in run.members] == [1, 1]
    run.obey(Command(command="step"), now=0.0)
    assert run.step == 2


def test_a_restart_that_cannot_be_had_is_refused_and_moves_nobody(
    run: LiveRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    run.obey(Command(command="step"), now=0.0)
    trainer = run.trainer
    monkeypatch.setattr(learners, "build_task", gone_after(0))
    with pytest.raises(Refused, match="The table is gone"):
        run.configure({"num_experts": 4}, [], now=0.0)
    assert (run.trainer, run.step) == (trainer, 1)


def gone_after(num_tasks: int) -> Callable[..., object]:
    """Builds so many tasks. Then the table was deleted."""
    built: list[object] = []

    def build_or_miss(*arguments: Any) -> object:
        if len(built) == num_tasks:
            raise TableError("The table is gone; upload its file again.")
        built.append(build_task(*arguments))
        return built[-1]

    return build_or_miss


def test_live_settings_act_on_the_running_model(run: LiveRun) -> None:
    run.obey(Command(command="play"), now=0.0)
    run.advance(now=0.0)
    version, trainer = run.run_version, run.trainer
    settings = RunConfig().settings() | {"learning_rate": 0.5, "balance_coefficient": 0.25}
    assert run.configure(settings, [], now=0.0) is None
    assert run.trainer is trainer
    assert (run.state, run.trainer.step_count, run.run_version) == ("running", 1, version)
    assert run.trainer.config.settings() == settings
    assert len(run.trainer.log) == 2


@pytest.mark.parametrize("state", ["running", "paused"])
def test_any_other_setting_restarts_and_keeps_playing_or_paused(run: LiveRun, state: str) -> None:
    run.obey(Command(command="play"), now=0.0)
    run.advance(now=0.0)
    run.obey(Command(command="play" if state == "running" else "pause"), now=0.0)
    version = run.run_version
    assert run.configure({"num_experts": 4, "learning_rate": 0.5}, [], now=5.0) is None
    assert (run.state, run.trainer.step_count) == (state, 0)
    assert run.run_version > version
    assert run.due_at == (5.0 if state == "running" else math.inf)
    assert run.trainer.config.settings()["learning_rate"] == 0.5


def test_same_settings_change_nothing(run: LiveRun) -> None:
    before = run.sequence, run.run_version
    assert run.configure(RunConfig().settings(), [], now=0.0) is None
    assert (run.sequence, run.run_version) == before


def test_refused_setting_leaves_the_run_as_it_was(run: LiveRun) -> None:
    before = run.sequence, run.trainer
    problem = run.configure({"num_experts": 1_000_000}, [], now=0.0)
    assert problem is not None
    assert problem.startswith("num_experts = 1000000 was refused:")
    assert (run.sequence, run.trainer) == before


def test_a_device_that_is_missing_is_refused_and_the_other_settings_are_taken(
    run: LiveRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    refused = "device = cuda was refused: this machine does not have it; it has cpu."
    run.advance(now=0.0)
    assert run.configure({"device": "cuda"}, [], now=0.0) == refused
    assert run.configure({"device": "cuda", "learning_rate": 0.5}, [], now=0.0) == refused
    assert (run.trainer.step_count, run.trainer.config.training.learning_rate) == (1, 0.5)
    problem = run.configure({"device": "cuda", "num_experts": 4, "seed": -1}, [], now=0.0)
    assert problem is not None
    assert problem.startswith("seed = -1 was refused:")
    assert problem.endswith(refused)
    assert (run.trainer.step_count, run.trainer.num_experts) == (0, 4)


def test_a_run_that_reaches_its_last_step_pauses_and_says_so_and_goes_on_when_told(run: LiveRun) -> None:
    run.configure({"stop_after": 3}, [], now=0.0)
    run.obey(Command(command="play"), now=0.0)
    for _ in range(3):
        run.advance(now=0.0)
    assert (run.state, run.trainer.step_count, run.due_at) == ("paused", 3, math.inf)
    assert run.message is not None
    assert run.message == run.trainer.stopped
    assert run.shown_at_once == run.sequence
    run.obey(Command(command="play"), now=0.0)
    run.advance(now=0.0)
    assert [run.state, run.message, run.trainer.step_count] == ["running", None, 4]


def test_a_run_played_until_a_step_pauses_there_and_says_so_and_goes_on_when_told(run: LiveRun) -> None:
    run.obey(Command(command="play", until=2), now=0.0)
    run.advance(now=0.0)
    assert run.state == "running"
    run.advance(now=0.0)
    assert (run.state, run.trainer.step_count, run.due_at) == ("paused", 2, math.inf)
    assert run.message == "Paused at step 2. Press play to go on."
    run.obey(Command(command="play"), now=0.0)
    for _ in range(2):
        run.advance(now=0.0)
    assert [run.state, run.message, run.trainer.step_count] == ["running", None, 4]


@pytest.mark.parametrize("settings", [{"learning_rate": 0.5}, {"seed": 9}], ids=["live", "from step 0"])
def test_a_run_that_is_changed_is_another_and_does_not_pause_where_that_one_was_to(
    run: LiveRun, settings: dict[str, Any]
) -> None:
    run.obey(Command(command="play", until=2), now=0.0)
    run.configure(settings, [], now=0.0)
    for _ in range(3):
        run.advance(now=0.0)
    assert [run.state, run.trainer.step_count] == ["running", 3]


def test_divergence_stops_says_so_and_rewind_recovers(run: LiveRun) -> None:
    run.configure({"learning_rate": 1e6}, [], now=0.0)
    run.obey(Command(command="play"), now=0.0)
    for _ in range(100):
        if run.state == "running":
            run.advance(now=0.0)
    assert run.state == "diverged"
    assert run.message is not None
    assert run.message.startswith("Training diverged after step")
    assert (run.due_at, run.shown_at_once) == (math.inf, run.sequence)
    for command in ("play", "step"):
        with pytest.raises(Refused, match="Rewind to train again"):
            run.obey(Command.model_validate({"command": command}), now=0.0)
    run.obey(Command(command="pace", pace="max"), now=0.0)
    assert run.message is not None
    run.obey(Command(command="rewind"), now=0.0)
    assert [run.state, run.message, run.trainer.step_count] == ["paused", None, 0]
    run.configure({"learning_rate": 0.01}, [], now=0.0)
    run.obey(Command(command="step"), now=0.0)
    assert (run.state, run.trainer.step_count) == ("paused", 1)
