"""What is in a frame, and that rendering gives way before it costs too much."""

import time
from typing import Any

import numpy as np
import pytest

from moe_core.config import TABLE, RunConfig, presets
from moe_core.history import History
from moe_core.tasks.task import regression
from moe_core.trainer import Trainer
from server import frames, rendering, seldom
from server.frame_header import picture_of
from server.limits import QUALITIES, RENDER_SHARE
from server.live_run import LiveRun
from server.member_picture import narration_of
from server.protocol import Command, FrameRequest, Have
from server.rendering import Renderer


def draw(run: LiveRun, have: Have | None = None, resolution: int = 64) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    request = FrameRequest(have=[have] if have else [], resolution=resolution)
    return frames.unpack(Renderer(now=0.0).frame(run, request))


def shapes_of(arrays: dict[str, np.ndarray]) -> dict[str, tuple[str, tuple[int, ...]]]:
    return {name: (array.dtype.name, array.shape) for name, array in arrays.items()}


def have_of(header: dict[str, Any], rows: int) -> Have:
    return Have(
        sequence=header["sequence"],
        run_version=header["run_version"],
        history_version=header["history"]["version"],
        history_rows=rows,
    )


@pytest.fixture
def run() -> LiveRun:
    return LiveRun(Trainer(presets.load("specialists").config))


def test_frame_of_a_plane(run: LiveRun) -> None:
    header, arrays = draw(run)
    assert header["settings"] == run.trainer.config.settings()
    assert (header["step"], header["state"], header["pace"], header["message"]) == (0, "paused", "2", None)
    assert (header["fair_share"], header["picture"], header["device"]) == (1 / 8, "plane", run.trainer.device.type)
    assert (header["plain_hidden"], header["wide_hidden"]) == (12, 72)
    assert header["task"] == {
        "name": "rules",
        "title": "Mixture of rules",
        "num_outputs": 2,
        "class_names": None,
        "score": "accuracy",
        "bounds": [-1.6, 1.6, -1.6, 1.6],
        "num_test": 1000,
        "image": None,
        "drawn": False,
    }
    assert header["history"]["columns"] == list(History.COLUMNS)
    assert shapes_of(arrays) == {
        "load": ("float32", (8,)),
        "load_start": ("float32", (8,)),
        "expert_answers": ("uint8", (8, 24 * 24)),
        "kept_steps": ("float32", (1,)),
        "owner": ("uint8", (64, 64)),
        "strength": ("uint8", (64, 64)),
        "prediction": ("uint8", (64, 64)),
        "points": ("float32", (300, 2)),
        "point_targets": ("uint8", (300,)),
        "history": ("float32", (1, len(History.COLUMNS))),
        "history_load": ("float32", (1, 8)),
    }
    assert arrays["load"].sum() == pytest.approx(1.0)


def test_frame_of_digits() -> None:
    header, arrays = draw(LiveRun(Trainer(presets.load("collapse").config)))
    assert (header["picture"], header["task"]["bounds"]) == ("matrix", None)
    assert {name: shape for name, (_, shape) in shapes_of(arrays).items()} == {
        "load": (8,),
        "load_start": (8,),
        "expert_class": (8, 10),
        "sample_expert": (500,),
        "projection": (500, 2),
        "projection_targets": (500,),
        "projection_samples": (500,),
        "received": (8, 64),
        "kept_steps": (1,),
        "history": (1, len(History.COLUMNS)),
        "history_load": (1, 8),
    }
    assert arrays["expert_class"].shape == (8, 10)
    assert arrays["expert_class"].sum() == 500


def test_frame_of_a_function_of_one_input() -> None:
    header, arrays = draw(LiveRun(Trainer(RunConfig.from_settings({"task": "piecewise", "num_experts": 5}))))
    assert header["picture"] == "line"
    assert (header["task"]["num_outputs"], header["task"]["score"]) == (1, "variance explained")
    shapes = shapes_of(arrays)
    assert shapes["experts"] == ("float32", (5, 256))
    assert (shapes["points"], shapes["point_targets"]) == (("float32", (300, 1)), ("float32", (300, 1)))
    assert {shapes[name] for name in ("owner", "strength")} == {("uint8", (256,))}
    assert {shapes[name] for name in ("x", "prediction")} == {("float32", (256,))}


@pytest.mark.parametrize(("router", "by_belief"), [("top_k", False), ("expert_choice", True), ("soft", True)])
def test_a_frame_says_when_its_plane_shows_what_the_router_believes(router: str, by_belief: bool) -> None:
    header, _ = draw(LiveRun(Trainer(RunConfig.from_settings({"router": router, "balancer": "none"}))))
    assert header["by_belief"] == by_belief


def test_each_member_of_a_group_tells_its_own_story() -> None:
    run = LiveRun(*(Trainer(presets.load("specialists").config) for _ in range(2)))
    for _ in range(60):
        run.obey(Command(command="step"), now=0.0)
        if run.step == 20:
            run.obey(Command(command="intervene", name="force", expert=0, member=1), now=0.0)
    pictures = frames.split(Renderer(now=0.0).frame(run, FrameRequest()))
    headers = [frames.unpack(picture)[0] for picture in pictures]
    for header, member in zip(headers, run.members, strict=True):
        assert header["narration"] == narration_of(member)["narration"]
        assert header["events"] == narration_of(member)["events"]
    assert headers[0]["narration"] != headers[1]["narration"]


def test_members_of_a_group_are_measured_at_the_same_step() -> None:
    run = LiveRun(*(Trainer(presets.load("specialists").config) for _ in range(2)))
    renderer = Renderer(time.monotonic())
    run.obey(Command(command="play"), time.monotonic())
    for _ in range(60):
        run.advance(time.monotonic())
        one, other = (frames.unpack(part)[0]["metrics"] for part in frames.split(renderer.frame(run, FrameRequest())))
        assert one == other


def test_a_line_is_coarser_where_a_plane_would_be() -> None:
    run = LiveRun(Trainer(RunConfig.from_settings({"task": "piecewise"})))
    assert len(draw(run, resolution=24)[1]["owner"]) == 96


def test_a_table_with_a_number_to_predict_has_no_picture() -> None:
    rows = np.random.default_rng(0).normal(size=(20, 3))
    assert picture_of(regression(rows, rows[:, :1], num_train=10)) == "none"


@pytest.mark.parametrize("task", [task for task in TABLE["task"].choices if task != "csv"])
def test_every_task_has_a_frame_that_is_small(task: str) -> None:
    run = LiveRun(Trainer(RunConfig.from_settings({"task": task, "num_experts": 64})))
    data = Renderer(now=0.0).frame(run, FrameRequest())
    assert len(data) < 80_000


def test_train_loss_is_null_until_it_was_measured(run: LiveRun) -> None:
    metrics = draw(run)[0]["metrics"]
    assert metrics.pop("train_loss") is None
    assert set(metrics) == {
        "test_loss",
        "test_score",
        "plain_test_loss",
        "plain_test_score",
        "wide_test_loss",
        "wide_test_score",
        "effective_experts",
        "dropped_fraction",
    }
    run.obey(Command(command="step"), now=0.0)
    assert draw(run)[0]["metrics"]["train_loss"] > 0


def test_the_dropped_share_is_told_where_experts_have_a_capacity(run: LiveRun) -> None:
    """The load beside it counts what was assigned, dropped or not."""
    assert draw(run)[0]["metrics"]["dropped_fraction"] is None
    tight = {"capacity": "limited", "test_capacity_factor": 0.5}
    header, arrays = draw(LiveRun(Trainer(RunConfig.from_settings(tight))))
    assert 0.5 <= header["metrics"]["dropped_fraction"] < 1.0
    assert arrays["load"].sum() == pytest.approx(1.0)


def test_nothing_is_sent_twice(run: LiveRun) -> None:
    for _ in range(35):
        run.obey(Command(command="step"), now=0.0)
    header, arrays = draw(run)
    assert (header["history"]["start"], len(arrays["history"])) == (0, 4)
    header, arrays = draw(run, have_of(header, rows=3))
    assert (header["history"]["start"], arrays["history"][:, 0].tolist()) == (3, [30.0])
    assert arrays["history_load"].shape == (1, 8)
    assert not {"points", "point_targets"} & set(arrays)


def test_another_life_is_sent_whole(run: LiveRun) -> None:
    have = have_of(draw(run)[0], rows=1)
    run.obey(Command(command="rewind"), now=0.0)
    header, arrays = draw(run, have)
    assert header["run_version"] != have.run_version
    assert header["history"]["start"] == 0
    assert "points" in arrays


def test_a_claim_to_more_history_than_there_is_does_no_harm(run: LiveRun) -> None:
    have = have_of(draw(run)[0], rows=2**40)
    assert len(draw(run, have)[1]["history"]) == 0


@pytest.mark.parametrize(("wanted", "given"), [(64, 64), (63, 48), (256, 64), (32, 32), (1, 24)])
def test_resolution_asked_for(run: LiveRun, wanted: int, given: int) -> None:
    assert draw(run, resolution=wanted)[1]["owner"].shape == (given, given)


class Clock:
    """Time passes only by drawing: `seconds_per_cell` for each cell of the plane, beside a fixed part."""

    def __init__(self, seconds_per_cell: float) -> None:
        self.now = 0.0
        self.seconds_per_cell = seconds_per_cell

    def monotonic(self) -> float:
        return self.now


@pytest.mark.parametrize(
    ("seconds_per_cell", "settled"),
    [(0.1 / 64**2 / 30, 64), (0.1 / 40**2 / 30, 32), (0.1 / 10**2 / 30, 24)],
)
def test_a_slow_plane_gets_coarser_until_its_share_is_kept(
    monkeypatch: pytest.MonkeyPatch, seconds_per_cell: float, settled: int
) -> None:
    clock = Clock(seconds_per_cell * 0.9)
    monkeypatch.setattr(rendering, "time", clock)
    run = LiveRun(Trainer(RunConfig()))
    draw_plane = run.trainer.plane

    def slow_plane(resolution: int) -> object:
        clock.now += clock.seconds_per_cell * resolution**2
        return draw_plane(resolution)

    monkeypatch.setattr(run.trainer, "plane", slow_plane)
    run.obey(Command(command="play"), now=0.0)
    renderer = Renderer(now=0.0)
    seen = []
    for number in range(30 * 12):
        clock.now = max(clock.now, number / 30)
        run.sequence += 1
        _, arrays = frames.unpack(renderer.frame(run, FrameRequest()))
        seen.append(len(arrays["owner"]))
    assert set(seen[-30 * 6 :]) == {settled}
    if settled > QUALITIES[-1][0]:
        assert renderer.share <= RENDER_SHARE


def test_the_planes_of_a_group_are_drawn_less_often_where_coarse_ones_still_take_too_long(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    clock = Clock(0.1 / 12**2 / 30)  # For one plane of 24 cells in each frame it takes four times its share.
    monkeypatch.setattr(rendering, "time", clock)
    monkeypatch.setattr(seldom, "time", clock)
    run = LiveRun(Trainer(RunConfig()), Trainer(RunConfig()))
    drawn: list[float] = []
    draw_plane = run.members[1].plane

    def slow_plane(resolution: int) -> object:
        clock.now += clock.seconds_per_cell * resolution**2
        drawn.append(clock.now)
        return draw_plane(resolution)

    monkeypatch.setattr(run.members[1], "plane", slow_plane)
    run.obey(Command(command="play"), now=0.0)
    renderer = Renderer(now=0.0)
    shown = 0
    for number in range(30 * 12):
        clock.now = max(clock.now, number / 30)
        run.sequence += 1
        _, second = (frames.unpack(frame) for frame in frames.split(renderer.frame(run, FrameRequest())))
        assert second[0]["sequence"] == run.sequence
        shown += number >= 30 * 9
    assert len(second[1]["owner"]) == QUALITIES[-1][0]
    lately = [at for at in drawn if at >= 9]
    assert len(lately) <= shown / 3
    assert renderer.share <= 1.3 * RENDER_SHARE


def test_a_fine_plane_comes_back_when_it_is_cheap_again(run: LiveRun, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(0.0)
    monkeypatch.setattr(rendering, "time", clock)
    renderer = Renderer(now=0.0)
    renderer._level = len(QUALITIES) - 1
    for _ in range(2 * len(QUALITIES)):
        clock.now += rendering.WINDOW
        _, arrays = frames.unpack(renderer.frame(run, FrameRequest()))
    assert arrays["owner"].shape == (64, 64)
