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


async def test_a_group_comes_in_one_message_and_goes_back_together(client: LiveClient) -> None:
    await client.send("configure", settings=SETTINGS, others=[{"learning_rate": 0.5}])
    for _ in range(25):
        await client.command("step")
    await client.frame_where(lambda header: header["members"] == 2 and header["step"] == 25)
    headers = [header for header, _ in client.members]
    assert [header["member"] for header in headers] == [0, 1]
    assert [header["changed"] for header in headers] == [{}, {"learning_rate": 0.5}]
    assert client.arrays["kept_steps"].tolist() == [0.0, 20.0]
    await client.command("back", step=12)
    problem = "step = 12 was refused: no state of it is kept, and the nearest is 20."
    assert (await client.message("problem"))["message"] == problem
    await client.command("back", step=20)
    await client.frame_where(lambda header: header["step"] == 20)
    assert [(header["step"], header["last_step"]) for header, _ in client.members] == [(20, 25), (20, 25)]


async def test_a_killed_expert_loses_its_load_and_is_listed(client: LiveClient) -> None:
    await client.command("intervene", name="kill", expert=3)
    header = await client.frame_where(lambda header: header["log_length"] == 1)
    assert header["experts"] == {"frozen": [], "killed": [3], "waking": [], "forced": None}
    assert header["log"] == [{"step": 0, "name": "kill", "value": 3}]
    assert client.arrays["load"][3] == 0
    assert client.arrays["load"].sum() == pytest.approx(1.0)
    await client.command("intervene", name="kill", expert=64)
    assert "it is done to one of the experts, 1 to 8" in (await client.message("problem"))["message"]


async def test_another_look_is_answered_at_once_and_the_same_one_is_not(client: LiveClient) -> None:
    await client.frame()
    await client.request(at=[0.25, 0.5])
    assert await client.receive() == "frame"
    assert client.header["pointed"]["inputs"] == [0.25, 0.5]
    await client.request(at=[0.25, 0.5])
    assert await client.is_silent()
    await client.request(sample=10**6)
    assert await client.receive() == "problem"
    assert client.messages[-1]["message"].startswith("sample = 1000000 was refused")
    assert await client.receive() == "frame"
    assert client.header["pointed"] is None


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
