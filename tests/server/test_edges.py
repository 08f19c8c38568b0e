"""What is refused, left out or kept at the very edge of a bound, so that a bound cannot move unseen."""

import math
import os
import tempfile
from functools import partial
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest
import torch

from moe_core.config import RunConfig
from moe_core.trainer import Trainer
from server import frames, limits, member_picture
from server.channel import Channel
from server.inside import drawn
from server.live_run import LiveRun
from server.member_picture import MOST_EVENTS, narration_of, thumbnails_of
from server.place import Place, PlaceError
from server.pointing import pointed_of
from server.protocol import Command, FrameRequest, Look
from server.rendering import Renderer, newest
from server.viewer import Viewer
from server.waiting_line import WaitingLine
from tests.moe_core.cases import small_config


@pytest.fixture
def run() -> LiveRun:
    return LiveRun(Trainer(small_config()))


def test_another_pace_counts_from_the_moment_it_was_chosen(run: LiveRun) -> None:
    run.obey(Command(command="play"), now=0.0)
    run.advance(now=0.0)
    run.obey(Command(command="pace", pace="max"), now=5.0)
    assert run.due_at == 5.0


def test_a_run_to_which_something_was_done_at_step_0_keeps_it_when_a_copy_joins(run: LiveRun) -> None:
    run.obey(Command(command="intervene", name="kill", expert=0), now=0.0)
    assert run.configure(run.trainer.config.settings(), [{"learning_rate": 0.02}], now=0.0) is None
    assert [member.model.router.alive[0].item() for member in run.members] == [False, False]


def test_an_array_of_three_axes_is_no_part_of_a_frame() -> None:
    with pytest.raises(frames.FrameError, match="impossible"):
        frames.unpack(frames.pack({}, {"cube": np.zeros((1, 1, 1), np.float32)}))


def test_a_group_of_frames_has_nothing_behind_its_last() -> None:
    group = frames.join([frames.pack({}, {}), frames.pack({}, {})])
    assert len(frames.split(group)) == 2
    with pytest.raises(frames.FrameError, match="do not fill"):
        frames.split(group + bytes(8))


def test_kept_runs_are_named_newest_first(tmp_path: Path) -> None:
    for name, seconds in (("middle", 2), ("newest", 3), ("oldest", 1)):
        path = Place(tmp_path).kept(name)
        path.touch()
        os.utime(path, (seconds, seconds))
    assert Place(tmp_path).kept_runs() == ["newest", "middle", "oldest"]


@pytest.mark.parametrize("too_long", [0, 1])
def test_a_sockets_path_is_shorter_than_its_bound(too_long: int) -> None:
    with tempfile.TemporaryDirectory() as folder:
        fixed = len(os.fsencode(Place(Path(folder) / "x").worker_socket(""))) - 1
        place = Place(Path(folder) / ("x" * (limits.SOCKET_PATH_BYTES - 1 - fixed + too_long)))
        if too_long:
            with pytest.raises(PlaceError, match="100 bytes"):
                place.prepare()
        else:
            place.prepare()
        assert place.folder.exists() != bool(too_long)


def test_a_place_in_the_line_lasts_as_long_as_its_grace() -> None:
    line = WaitingLine(grace=5.0)
    line.place("run", now=0.0)
    line.expire(now=5.0)
    assert len(line) == 1
    line.expire(now=5.1)
    assert len(line) == 0


def test_a_frame_says_the_most_urgent_and_marks_the_newest(run: LiveRun, monkeypatch: pytest.MonkeyPatch) -> None:
    remarks = [SimpleNamespace(step=step, urgency=step, sentence=partial(str, step)) for step in range(MOST_EVENTS + 5)]
    for name in ("narrate", "events"):
        monkeypatch.setattr(member_picture, name, lambda _: remarks)
    said = narration_of(run.trainer)
    assert said["narration"] == ["44", "43", "42"]
    assert [mark["step"] for mark in said["events"]] == list(range(5, MOST_EVENTS + 5))


def test_pictures_of_many_experts_take_as_many_cells_as_those_of_sixteen() -> None:
    many = thumbnails_of(Trainer(RunConfig.from_settings({"task": "rules", "num_experts": 64})))
    assert many is not None
    assert many.shape == (64, 12 * 12)


def test_a_frame_lists_the_last_commands(run: LiveRun) -> None:
    for number in range(51):
        run.trainer.do("learning_rate", 0.01 + 0.0001 * number)
    header, _ = frames.unpack(Renderer(now=0.0).frame(run, FrameRequest()))
    assert header["log_length"] == 51
    assert [command["value"] for command in header["log"]] == [command.value for command in run.trainer.log[1:]]


def test_the_scale_of_a_units_pictures_holds_zero() -> None:
    _, low, high = drawn(torch.tensor([[1.0, 2.0]]), is_line=False)
    assert (low, high) == (0.0, 2.0)
    _, low, high = drawn(torch.tensor([[-2.0, -1.0]]), is_line=False)
    assert (low, high) == (-2.0, 0.0)


def viewer(backlog: int) -> Viewer:
    return Viewer(cast(Channel, SimpleNamespace(backlog=backlog)), request=FrameRequest())


def test_a_viewer_who_has_not_taken_the_last_frame_gets_no_further_one(run: LiveRun) -> None:
    assert viewer(backlog=0).due(run) < math.inf
    assert viewer(backlog=1).due(run) == math.inf


def test_what_is_wrong_with_a_look_is_said_once(run: LiveRun) -> None:
    looking, look = viewer(backlog=0), Look(sample=10**6)
    assert looking.problem_with(look, run) is not None
    assert looking.problem_with(look, run) is None


def test_members_are_shown_as_recorded_only_where_all_were_at_one_step() -> None:
    looked: list[Any] = [(4, "first"), (4, "second")]

    def shown(*recorded: tuple[int, str]) -> list[Any]:
        return newest(cast(Any, [SimpleNamespace(recorded=one) for one in recorded]), looked)

    assert shown((5, "first later"), (5, "second later")) == ["first later", "second later"]
    assert shown((5, "first later"), (6, "second later")) == ["first", "second"]


def test_a_cold_routers_handicap_is_told_as_it_counts() -> None:
    trainer = Trainer(small_config(router="top_k", temperature=0.5))
    trainer.do("add", None)
    pointed = pointed_of(trainer, Look(at=[0.3, 0.4], stages=True), trainer.evaluate().routing)
    assert pointed is not None
    assert pointed["stages"]["scores"]["handicap"] == [0.0, 0.0, 0.0, 0.0, -32.0]
