"""The metrics in a frame: now, before training, and at the step that a lesson asks about."""

import pytest

from moe_core.trainer import Trainer
from server import frames
from server.live_run import LiveRun
from server.protocol import FrameRequest, Look
from server.rendering import Renderer
from tests.moe_core.cases import small_config, train


@pytest.fixture
def run() -> LiveRun:
    return LiveRun(Trainer(small_config()))


def measures(run: LiveRun, renderer: Renderer, then: int | None = None):
    request = FrameRequest(look=Look(measures=True, then=then))
    return frames.unpack(renderer.frame(run, request))[0]["measures"]


def test_they_are_measured_only_where_somebody_looks(run: LiveRun) -> None:
    assert frames.unpack(Renderer(now=0.0).frame(run, FrameRequest()))[0]["measures"] is None


def test_now_and_untrained_are_what_the_core_measures(run: LiveRun) -> None:
    train(run.trainer, 30)
    found = measures(run, Renderer(now=0.0))
    assert found["now"] == run.trainer.measure()
    assert found["untrained"] == run.trainer.initial_metrics
    assert found["then"] is None


def test_a_step_that_is_asked_about_is_measured_as_it_was_at_just_that_step(run: LiveRun) -> None:
    renderer = Renderer(now=0.0)
    train(run.trainer, 20)
    assert measures(run, renderer, 40)["then"] is None
    wanted = train(run.trainer, 20).measure()
    train(run.trainer, 13)
    found = measures(run, renderer, 40)
    assert found["then"] == wanted
    assert found["now"] != wanted
    assert measures(run, renderer, 33)["then"] is None  # no state of it is kept


def test_what_is_done_at_the_step_that_is_asked_about_comes_after_it(run: LiveRun) -> None:
    wanted = train(run.trainer, 40).measure()
    run.trainer.do("kill", 0)
    found = measures(run, Renderer(now=0.0), 40)
    assert found["then"] == wanted
    assert found["now"] != wanted


def test_another_life_of_the_run_is_measured_again(run: LiveRun) -> None:
    renderer = Renderer(now=0.0)
    train(run.trainer, 45)
    before = measures(run, renderer, 40)["then"]
    run.trainer.go_back(20)
    run.trainer.do("learning_rate", 0.1)
    assert measures(run, renderer, 40)["then"] is None
    train(run.trainer, 25)
    assert measures(run, renderer, 40)["then"] != before
