"""The tug-of-war in a frame: the core's own numbers, arrows that are true to them, and a run that does not notice."""

import numpy as np
import pytest
import torch

from moe_core.config import RunConfig
from moe_core.metrics import TugOfWar
from moe_core.questions import pulls
from moe_core.trainer import Trainer
from server import frames, member_picture
from server.live_run import LiveRun
from server.protocol import Command, FrameRequest, Look
from server.pulls import Pulls, arrows, pulls_of
from server.rendering import Renderer
from tests.moe_core.cases import every_choice, small_config, train
from tests.server.looks import end_of_a_run, look_at

every_kind = pytest.mark.parametrize("settings", every_choice(), ids=str)

WITHOUT_A_GRADIENT: list[dict[str, object]] = [
    {"balancer": "none"},
    {"balancer": "loss_free"},
    {"balance_coefficient": 0.0},
    {"router": "hash", "balancer": "none"},
]


@every_kind
def test_the_numbers_of_a_frame_are_the_cores(settings: dict[str, object]) -> None:
    trainer = train(Trainer(small_config(**settings)), 10)
    tug = pulls(trainer)
    header, arrays = look_at(LiveRun(trainer), Look(pulls=True))
    assert header["pulls_step"] == 10
    assert ("pulls" in arrays) == ("pull_arrows" in arrays) == bool(tug.balance.any())
    if "pulls" not in arrays:
        return
    task, balance, left, cosine = arrays["pulls"].T
    for found, gradient in ((task, tug.task), (balance, tug.balance), (left, tug.task + tug.balance)):
        np.testing.assert_allclose(found, gradient.double().norm(dim=1), rtol=1e-6, atol=1e-38)
    np.testing.assert_array_equal(cosine, tug.cosine)


@every_kind
def test_the_arrows_are_as_long_and_as_far_apart_as_the_gradients(settings: dict[str, object]) -> None:
    arrays = pulls_of(train(Trainer(small_config(**settings)), 10)).arrays
    if not arrays:
        return
    drawn, (task, balance, left, cosine) = arrays["pull_arrows"].astype(np.float64), arrays["pulls"].T
    one, other = drawn[:, :2], drawn[:, 2:]
    largest = max(task.max(), balance.max())
    np.testing.assert_allclose(np.hypot(*one.T), task, rtol=1e-5, atol=1e-6 * largest)
    np.testing.assert_allclose(np.hypot(*other.T), balance, rtol=1e-5, atol=1e-6 * largest)
    np.testing.assert_allclose(np.hypot(*(one + other).T), left, rtol=1e-3, atol=1e-3 * largest)
    np.testing.assert_allclose((one * other).sum(1), cosine * task * balance, rtol=1e-3, atol=1e-3 * largest**2)


def test_on_a_plane_the_arrows_point_where_the_weights_would_move() -> None:
    """Without a bias they are the two pulls. With one the task's arrow keeps its direction, the other one its side."""
    trainer = train(Trainer(RunConfig.from_settings({"router_bias": False})), 10)
    tug = pulls(trainer)
    pulled = torch.cat([-tug.task, -tug.balance], dim=1)
    np.testing.assert_allclose(pulls_of(trainer).arrays["pull_arrows"], pulled, rtol=1e-4, atol=1e-7)

    trainer = train(Trainer(RunConfig()), 10)
    tug, drawn = pulls(trainer), torch.from_numpy(pulls_of(trainer).arrays["pull_arrows"])
    task, balance = -tug.task[:, :2], -tug.balance[:, :2]
    torch.testing.assert_close(torch.atan2(drawn[:, 1], drawn[:, 0]), torch.atan2(task[:, 1], task[:, 0]))
    sides = [
        one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]
        for one, other in ((task, balance), (drawn[:, :2], drawn[:, 2:]))
    ]
    both = (task.any(1) & balance.any(1)).nonzero().flatten()
    assert torch.equal(sides[0][both] > 0, sides[1][both] > 0)


def test_the_balance_loss_keeps_its_heading_where_the_task_does_not_pull() -> None:
    tug = TugOfWar(task=torch.zeros(2, 2), balance=torch.tensor([[3.0, -4.0], [-1.0, 0.0]]))
    np.testing.assert_allclose(arrows(tug, has_plane=True), [[0, 0, -3, 4], [0, 0, 1, 0]], atol=1e-6)


@pytest.mark.parametrize("settings", WITHOUT_A_GRADIENT, ids=str)
def test_without_a_balance_loss_that_has_a_gradient_there_is_no_tug_of_war(settings: dict[str, object]) -> None:
    run = LiveRun(train(Trainer(small_config(**settings)), 10))
    header, arrays = look_at(run, Look(pulls=True))
    assert header["pulls_step"] == 10
    assert not {"pulls", "pull_arrows"} & set(arrays)


@every_kind
def test_a_run_does_not_notice_that_its_pulls_are_looked_at(settings: dict[str, object]) -> None:
    """Bitwise the same run."""
    assert end_of_a_run(settings, Look(pulls=True)) == end_of_a_run(settings, Look())


def test_pulls_are_measured_only_while_they_are_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    measured: list[int] = []

    def note(trainer: Trainer) -> Pulls:
        measured.append(trainer.step_count)
        return pulls_of(trainer)

    monkeypatch.setattr(member_picture, "pulls_of", note)
    run, renderer = LiveRun(Trainer(small_config())), Renderer(now=0.0)
    for look in (Look(), Look(pulls=True), Look(pulls=True), Look(expert=1)):
        header, arrays = frames.unpack(renderer.frame(run, FrameRequest(look=look)))
        assert (header["pulls_step"] is None) == ("pulls" not in arrays) == (not look.pulls)
    assert measured == [0]


def test_while_a_run_trains_its_pulls_take_a_small_share_of_the_time(monkeypatch: pytest.MonkeyPatch) -> None:
    now, measured = 0.0, []

    class Clock:
        def monotonic(self) -> float:
            return now

    def slow(trainer: Trainer) -> Pulls:
        nonlocal now
        now += 0.02
        measured.append(now)
        return pulls_of(trainer)

    monkeypatch.setattr(member_picture, "pulls_of", slow)
    for module in ("server.rendering.time", "server.seldom.time"):
        monkeypatch.setattr(module, Clock())
    run, renderer = LiveRun(Trainer(small_config(task="breast_cancer"))), Renderer(now=0.0)
    run.obey(Command(command="play"), now=0.0)
    for number in range(30 * 10):
        now = max(now, number / 30)
        run.sequence += 1
        renderer.frame(run, FrameRequest(look=Look(pulls=True)))
    assert 9 <= len(measured) <= 11
