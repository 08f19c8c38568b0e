"""Slow motion: a step in five stages, bitwise the step that it is, and finished before anything else happens."""

import math
from typing import Any

import numpy as np
import pytest
import torch

from moe_core.config import RunConfig, presets
from moe_core.trainer import Trainer
from server import frames
from server.live_run import LiveRun
from server.member_picture import batch_of
from server.protocol import Command, FrameRequest
from server.rendering import Renderer

CONFIG = presets.load("specialists").config
STAGES = ["forward", "route", "loss", "backward", "update"]


def in_motion(members: int = 1) -> LiveRun:
    run = LiveRun(*(Trainer(CONFIG) for _ in range(members)))
    run.obey(Command(command="pace", pace="motion"), now=0.0)
    run.obey(Command(command="play"), now=0.0)
    return run


def trained(steps: int) -> Trainer:
    trainer = Trainer(CONFIG)
    for _ in range(steps):
        trainer.step()
    return trainer


def equal(one: Trainer, other: Trainer) -> bool:
    mine, theirs = one.state().tensors, other.state().tensors
    return all(torch.equal(mine[name], theirs[name]) for name in mine)


def frame_of(run: LiveRun) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    return frames.unpack(Renderer(now=0.0).frame(run, FrameRequest(resolution=24)))


def test_each_stage_is_named_and_takes_a_fifth_of_a_second() -> None:
    run = in_motion()
    seen = []
    for number in range(5):
        assert run.due_at == pytest.approx(0.2 * number)
        run.advance(now=run.due_at)
        header, arrays = frame_of(run)
        seen.append((header["stage"]["name"], header["step"]))
        assert ("batch" in arrays) == (number >= 1)
        if number >= 1:
            assert np.isnan(arrays["batch_loss"]).all() == (number == 1)
    assert seen == [("forward", 0), ("route", 0), ("loss", 0), ("backward", 0), ("update", 1)]
    assert arrays["batch"].shape == (CONFIG.training.batch_size, 2)
    assert [arrays[name].dtype.name for name in ("batch_expert", "batch_loss")] == ["uint8", "float32"]


def test_a_batch_lies_where_its_points_are_whatever_the_models_see() -> None:
    run = LiveRun(*(Trainer(RunConfig.from_settings({"features": features})) for features in ("coordinates", "all")))
    run.obey(Command(command="pace", pace="motion"), now=0.0)
    run.obey(Command(command="play"), now=0.0)
    for _ in range(2):
        run.advance(now=run.due_at)
    first, second = (batch_of(run, member)["batch"] for member in range(2))
    np.testing.assert_array_equal(first, second)


def test_slow_motion_is_bitwise_the_same_training_in_every_member() -> None:
    run = in_motion(members=2)
    for _ in range(15):
        run.advance(now=run.due_at)
    assert run.step == 3
    assert run.last_records[0] == run.last_records[1]
    assert all(equal(member, trained(3)) for member in run.members)


@pytest.mark.parametrize("stages", [1, 4, 5])
@pytest.mark.parametrize(
    "command",
    [
        Command(command="pause"),
        Command(command="pace", pace="2"),
        Command(command="intervene", name="freeze", expert=1),
    ],
    ids=lambda command: command.command,
)
def test_any_command_first_finishes_the_step(command: Command, stages: int) -> None:
    run = in_motion()
    for _ in range(stages):
        run.advance(now=run.due_at)
    run.obey(command, now=1.0)
    assert (run.step, run.slow_step) == (1, None)
    assert run.last_records[0] is not None
    assert torch.equal(run.trainer.plain.state_dict()["w_in"], trained(1).plain.state_dict()["w_in"])
    assert frame_of(run)[0]["stage"] is None


@pytest.mark.parametrize(
    "command",
    [
        Command(command="pace", pace="2"),
        Command(command="pause"),
        Command(command="intervene", name="freeze", expert=1),
    ],
    ids=lambda command: command.command,
)
def test_no_command_trains_past_the_step_that_the_run_stops_at(command: Command) -> None:
    run = in_motion(members=2)
    run.configure({}, [{"stop_after": 1}], now=0.0)
    run.obey(Command(command="play"), now=0.0)
    run.advance(now=0.0)
    run.obey(command, now=1.0)
    assert (run.state, run.step, run.due_at) == ("paused", 1, math.inf)
    assert run.message == run.members[1].stopped
    assert run.message is not None


def test_slow_motion_pauses_at_the_step_that_it_was_played_until() -> None:
    run = in_motion()
    run.obey(Command(command="play", until=1), now=0.0)
    for stage in range(len(STAGES)):
        run.advance(now=float(stage))
    assert (run.state, run.step, run.due_at) == ("paused", 1, math.inf)


def test_one_step_is_one_stage_that_holds_until_the_next_and_bitwise_the_same_training() -> None:
    run = in_motion(members=2)
    run.obey(Command(command="pause"), now=0.0)
    seen = []
    for number in range(10):
        run.obey(Command(command="step"), now=float(number))
        assert (run.state, run.due_at) == ("paused", math.inf)
        assert run.slow_step is not None
        seen.append((run.slow_step.stages[1].name, run.step))
    assert seen == [(name, step + (name == "update")) for step in (0, 1) for name in STAGES]
    assert all(equal(member, trained(2)) for member in run.members)


def test_one_stage_stops_the_run_that_plays_and_play_goes_on_from_it() -> None:
    run = in_motion()
    run.advance(now=0.0)
    run.obey(Command(command="step"), now=0.1)
    assert (run.state, frame_of(run)[0]["stage"]["name"]) == ("paused", "route")
    run.obey(Command(command="play"), now=9.0)
    assert (run.state, run.due_at) == ("running", 9.0)
    run.advance(now=9.0)
    assert frame_of(run)[0]["stage"]["name"] == "loss"
    run.obey(Command(command="pause"), now=9.1)
    assert (run.state, run.step, run.slow_step) == ("paused", 1, None)


@pytest.mark.parametrize("command", ["play", "step"])
def test_a_run_stops_at_its_last_step_stage_by_stage_too(command: str) -> None:
    run = in_motion()
    run.configure({"stop_after": 1}, [], now=0.0)
    run.obey(Command(command="pause"), now=0.0)
    assert run.step == 0
    for number in range(5):
        if command == "step" or number == 0:
            run.obey(Command.model_validate({"command": command}), now=float(number))
        if command == "play":
            run.advance(now=run.due_at)
    assert (run.state, run.step, run.due_at) == ("paused", 1, math.inf)
    assert run.message == run.trainer.stopped
    assert run.message is not None
    assert frame_of(run)[0]["stage"]["name"] == "update"


def test_a_changed_setting_acts_after_the_step_under_way() -> None:
    run = in_motion()
    run.advance(now=0.0)
    run.configure({"learning_rate": 0.5}, [], now=0.0)
    assert [(command.step, command.name) for command in run.trainer.log] == [(1, "learning_rate")]


def test_divergence_in_slow_motion_leaves_all_members_where_they_were() -> None:
    run = in_motion(members=2)
    run.configure({}, [{"learning_rate": 1e6}], now=0.0)
    run.obey(Command(command="play"), now=0.0)
    for _ in range(500):
        if run.state == "running":
            run.advance(now=run.due_at)
    assert run.state == "diverged"
    assert run.slow_step is None
    assert len({member.step_count for member in run.members}) == 1
