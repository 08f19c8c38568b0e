"""What is in a frame, and that rendering gives way before it costs too much."""

from typing import Any

import numpy as np
import pytest

from moe_core.config import RunConfig, presets
from moe_core.trainer import Trainer
from server import frames, rendering
from server.limits import RENDER_SHARE, RESOLUTIONS
from server.live_run import LiveRun
from server.protocol import Command, Have
from server.rendering import Renderer


def draw(run: LiveRun, have: Have | None = None, resolution: int = 64) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    return frames.unpack(Renderer(now=0.0).frame(run, have, resolution))


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
    assert (header["step"], header["state"], header["pace"], header["message"]) == (0, "paused", "teach", None)
    assert (header["fair_share"], header["plane"], header["plain_hidden"]) == (1 / 8, True, 12)
    assert header["task"] == {
        "name": "rules",
        "title": "Mixture of rules",
        "num_classes": 2,
        "bounds": [-1.6, 1.6, -1.6, 1.6],
    }
    shapes = {name: (array.dtype.name, array.shape) for name, array in arrays.items()}
    assert shapes == {
        "load": ("float32", (8,)),
        "load_start": ("float32", (8,)),
        "owner": ("uint8", (64, 64)),
        "strength": ("uint8", (64, 64)),
        "prediction": ("uint8", (64, 64)),
        "points": ("float32", (300, 2)),
        "point_labels": ("uint8", (300,)),
        "history": ("float32", (1, 9)),
    }
    assert arrays["load"].sum() == pytest.approx(1.0)


def test_frame_of_digits() -> None:
    header, arrays = draw(LiveRun(Trainer(presets.load("collapse").config)))
    assert (header["plane"], header["task"]["bounds"]) == (False, None)
    assert set(arrays) == {"load", "load_start", "expert_class", "history"}
    assert arrays["expert_class"].shape == (8, 10)
    assert arrays["expert_class"].sum() == 500


def test_train_loss_is_null_until_it_was_measured(run: LiveRun) -> None:
    metrics = draw(run)[0]["metrics"]
    assert metrics.pop("train_loss") is None
    assert set(metrics) == {"test_loss", "test_accuracy", "plain_test_loss", "plain_test_accuracy", "effective_experts"}
    run.obey(Command(command="step"), now=0.0)
    assert draw(run)[0]["metrics"]["train_loss"] > 0


def test_nothing_is_sent_twice(run: LiveRun) -> None:
    for _ in range(35):
        run.obey(Command(command="step"), now=0.0)
    header, arrays = draw(run)
    assert (header["history"]["start"], len(arrays["history"])) == (0, 4)
    header, arrays = draw(run, have_of(header, rows=3))
    assert (header["history"]["start"], arrays["history"][:, 0].tolist()) == (3, [30.0])
    assert "points" not in arrays


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
    renderer = Renderer(now=0.0)
    seen = []
    for number in range(30 * 12):
        clock.now = max(clock.now, number / 30)
        _, arrays = frames.unpack(renderer.frame(run, None, 64))
        seen.append(len(arrays["owner"]))
    assert set(seen[-30 * 6 :]) == {settled}
    if settled > RESOLUTIONS[-1]:
        assert renderer.share <= RENDER_SHARE


def test_a_fine_plane_comes_back_when_it_is_cheap_again(run: LiveRun, monkeypatch: pytest.MonkeyPatch) -> None:
    clock = Clock(0.0)
    monkeypatch.setattr(rendering, "time", clock)
    renderer = Renderer(now=0.0)
    renderer._level = len(RESOLUTIONS) - 1
    for _ in range(2 * len(RESOLUTIONS)):
        clock.now += rendering.WINDOW
        _, arrays = frames.unpack(renderer.frame(run, None, 64))
    assert arrays["owner"].shape == (64, 64)
