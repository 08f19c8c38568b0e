"""Training over the live route, a browser's side played by hand: transport, frames, pace and settings."""

import time

import pytest

from tests.server.lines import SETTINGS
from tests.server.live_client import LiveClient

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_first_frame_shows_a_new_run_paused(client: LiveClient) -> None:
    header = await client.frame()
    assert (header["step"], header["state"], header["settings"]) == (0, "paused", SETTINGS)
    assert client.arrays["owner"].shape == (64, 64)
    assert "points" in client.arrays


async def test_transport(client: LiveClient) -> None:
    await client.command("step")
    await client.frame_where(lambda header: header["step"] == 1)
    await client.command("step")
    await client.frame_where(lambda header: header["step"] == 2)
    await client.command("play")
    await client.frame_where(lambda header: header["state"] == "running" and header["step"] > 20)
    await client.command("pause")
    header = await client.frame_where(lambda header: header["state"] == "paused")
    version = header["run_version"]
    await client.command("rewind")
    header = await client.frame_where(lambda header: header["run_version"] != version)
    assert (header["step"], header["state"], header["history"]["start"]) == (0, "paused", 0)


async def test_frames_come_only_when_asked_for(client: LiveClient) -> None:
    await client.command("play")
    assert await client.is_silent()
    await client.frame()
    assert await client.is_silent()


async def test_a_paused_run_is_silent_and_a_command_is_shown_at_once(client: LiveClient) -> None:
    await client.frame()
    await client.request()
    assert await client.is_silent()
    began = time.monotonic()
    await client.command("step")
    assert await client.receive() == "frame"
    assert client.header["step"] == 1
    assert time.monotonic() - began < 1.0


async def test_a_second_request_replaces_the_first(client: LiveClient) -> None:
    await client.frame()
    for _ in range(5):
        await client.request()
    await client.command("step")
    assert await client.receive() == "frame"
    assert await client.is_silent()


async def test_at_most_thirty_frames_a_second(client: LiveClient) -> None:
    await client.command("pace", pace="max")
    await client.command("play")
    await client.frame_where(lambda header: header["step"] > 5)
    began = time.monotonic()
    for _ in range(20):
        client.have = []
        await client.frame()
    assert time.monotonic() - began > 19 / 30


@pytest.mark.parametrize(("pace", "low", "high"), [("1", 10, 32), ("2", 15, 63)])
async def test_pace(client: LiveClient, pace: str, low: float, high: float) -> None:
    await client.command("pace", pace=pace)
    await client.command("play")
    first = await client.frame_where(lambda header: header["step"] > 2)
    began = time.monotonic()
    last = await client.frame_where(lambda header: header["step"] >= first["step"] + high)
    assert low < (last["step"] - first["step"]) / (time.monotonic() - began) < high + 4


async def test_history_is_sent_once(client: LiveClient) -> None:
    await client.command("pace", pace="max")
    await client.command("play")
    steps: list[float] = []
    while len(steps) < 10:
        header = await client.frame()
        assert header["history"]["start"] == len(steps)
        steps += client.arrays["history"][:, 0].tolist()
    assert steps == [10.0 * row for row in range(len(steps))]


async def test_live_and_restarting_settings(client: LiveClient) -> None:
    await client.command("step")
    first = await client.frame_where(lambda header: header["step"] == 1)
    await client.send("configure", settings=SETTINGS | {"learning_rate": 0.5})
    header = await client.frame_where(lambda header: header["settings"]["learning_rate"] == 0.5)
    assert (header["step"], header["run_version"], header["log_length"]) == (1, first["run_version"], 1)
    await client.send("configure", settings=SETTINGS | {"learning_rate": 0.5, "task": "digits"})
    header = await client.frame_where(lambda header: header["settings"]["task"] == "digits")
    assert (header["step"], header["picture"]) == (0, "matrix")
    assert header["run_version"] != first["run_version"]
    assert "expert_class" in client.arrays


async def test_divergence_and_rewind(client: LiveClient) -> None:
    await client.send("configure", settings=SETTINGS | {"learning_rate": 1e6})
    await client.command("play")
    header = await client.frame_where(lambda header: header["state"] == "diverged")
    assert header["message"].startswith("Training diverged after step")
    await client.command("play")
    assert "Rewind to train again." in (await client.message("problem"))["message"]
    await client.command("rewind")
    header = await client.frame_where(lambda header: header["state"] == "paused")
    assert (header["step"], header["message"]) == (0, None)
