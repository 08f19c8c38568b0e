"""The live route: a real web server, real workers, and a browser's side played by hand."""

import asyncio
import json
import os
import signal
import time
import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from typing import Any

import pytest
import pytest_asyncio
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus

from moe_core.config import RunConfig, presets
from server.client import LocalSessionHost
from tests.server.conftest import FRIEND, RUNS
from tests.server.live_client import LiveClient, until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]

SETTINGS = RunConfig().settings()


@pytest_asyncio.fixture(loop_scope="session")
async def client(address: str, run: str) -> AsyncIterator[LiveClient]:
    """A page that has just attached to a new run."""
    async with LiveClient(address, run) as client:
        yield await client.attach()


async def kill_worker(host: LocalSessionHost, run: str) -> None:
    (pid,) = [status.pid for status in await host.list() if status.run == run]
    os.kill(pid, signal.SIGKILL)


# Who may come in


async def is_let_in(address: str, run: str, **headers: str) -> bool:
    try:
        async with connect(f"{address}/live/{run}", additional_headers=headers):
            return True
    except InvalidStatus as refused:
        if refused.response.status_code == 403:
            return False
        raise


async def test_origins(address: str, run: str) -> None:
    own = address.replace("ws:", "http:")
    assert await is_let_in(address, run)
    assert await is_let_in(address, run, Origin=own)
    assert await is_let_in(address, run, Origin=FRIEND)
    for foreign in ("https://evil.example", own + "0", own.replace(":", ";"), "null", "http://[", ""):
        assert not await is_let_in(address, run, Origin=foreign)


async def test_same_origin_under_any_name_unless_the_host_is_not_allowed(address: str, run: str) -> None:
    for name, let_in in (("lab.example", True), ("evil.example", False)):
        port = address.rsplit(":", 1)[1]
        reader, writer = await asyncio.open_connection("127.0.0.1", int(port))
        host = name if name == "evil.example" else f"{name}:{port}"
        writer.write(
            (
                f"GET /live/{run} HTTP/1.1\r\nHost: {host}\r\nOrigin: http://{host.upper()}\r\n"
                "Connection: Upgrade\r\nUpgrade: websocket\r\n"
                "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n"
            ).encode()
        )
        assert (b"101" in await reader.readline()) == let_in
        writer.close()
        await writer.wait_closed()


@pytest.mark.parametrize("run", ["host", "%2e%2e", "0B8F0F0E-3A52-4C53-9D2E-0C6C6D3F9A10", "x" * 2000])
async def test_malformed_run_id(address: str, run: str) -> None:
    assert not await is_let_in(address, run)


# What may be said


@pytest.mark.parametrize(
    ("data", "code"),
    [
        ("not json", 4400),
        (json.dumps({"type": "frame", "have": None, "resolution": 64}), 4400),
        (json.dumps({"type": "attach", "view": "me", "settings": {}}), 4400),
        (b"\x00\x01", 4400),
        (json.dumps({"type": "present", "padding": "x" * 20_000}), 1009),
    ],
)
async def test_wrong_first_message(address: str, run: str, data: str | bytes, code: int) -> None:
    async with LiveClient(address, run) as client:
        await client.socket.send(data)
        assert await client.close_code() == code


@pytest.mark.parametrize("data", ["{}", '{"type":"command","command":"explode"}', "[" * 5000, b"binary"])
async def test_malformed_message_closes_the_socket_and_leaves_the_run(
    address: str, client: LiveClient, data: str | bytes
) -> None:
    await client.command("step")
    await client.frame_where(lambda header: header["step"] == 1)
    await client.socket.send(data)
    assert await client.close_code() == 4400
    async with LiveClient(address, client.run) as again:
        await again.attach()
        assert (await again.frame())["step"] == 1


async def test_attaching_twice_is_malformed(client: LiveClient) -> None:
    await client.attach()
    assert await client.close_code() == 4400


async def test_bad_settings_leave_the_run_as_it_was(client: LiveClient) -> None:
    await client.command("step")
    before = await client.frame_where(lambda header: header["step"] == 1)
    began = time.monotonic()
    await client.send("configure", settings={"num_experts": 1_000_000, "nonsense": 1})
    problem = await client.message("problem")
    assert time.monotonic() - began < 0.5
    assert "num_experts = 1000000 was refused: it is a whole number from 1 to" in problem["message"]
    assert "nonsense = 1 was refused: no such setting" in problem["message"]
    assert await client.is_silent(0.1)
    client.have = None
    after = await client.frame()
    assert (after["step"], after["settings"]) == (before["step"], before["settings"])


async def test_one_bad_setting_does_not_keep_the_others_back(client: LiveClient) -> None:
    await client.frame()
    await client.send("configure", settings=SETTINGS | {"k": 99, "learning_rate": 0.5})
    assert "k = 99" in (await client.message("problem"))["message"]
    header = await client.frame_where(lambda header: header["settings"]["learning_rate"] == 0.5)
    assert header["settings"]["k"] == SETTINGS["k"]


async def test_bad_settings_at_attach_fall_back_to_the_defaults(address: str, run: str) -> None:
    async with LiveClient(address, run) as client:
        await client.attach({"learning_rate": "<b>", "num_experts": 4})
        header = await client.frame()
        assert client.messages[0]["type"] == "problem"
        assert client.messages[0]["message"].startswith("learning_rate = <b> was refused")
        assert (header["settings"]["num_experts"], header["settings"]["learning_rate"]) == (4, 0.01)


# Training and frames


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
    assert time.monotonic() - began < 0.3


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
        client.have = None
        await client.frame()
    assert time.monotonic() - began > 19 / 30


@pytest.mark.parametrize(("pace", "low", "high"), [("slow", 5, 11), ("teach", 25, 63)])
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
    assert (header["step"], header["plane"]) == (0, False)
    assert header["run_version"] != first["run_version"]
    assert "expert_class" in client.arrays


async def test_divergence_and_rewind(client: LiveClient) -> None:
    await client.send("configure", settings=SETTINGS | {"learning_rate": 1e6})
    await client.command("play")
    header = await client.frame_where(lambda header: header["state"] == "diverged")
    assert header["message"].startswith("Training diverged at step")
    await client.command("play")
    assert "Rewind to train again." in (await client.message("problem"))["message"]
    await client.command("rewind")
    header = await client.frame_where(lambda header: header["state"] == "paused")
    assert (header["step"], header["message"]) == (0, None)


# The same run again


async def test_a_run_goes_on_while_its_page_reloads(address: str, run: str) -> None:
    async with LiveClient(address, run) as before:
        await before.attach()
        await before.command("play")
        step = (await before.frame_where(lambda header: header["step"] > 3))["step"]
    async with LiveClient(address, run) as after:
        await after.attach()
        header = await after.frame()
        assert header["state"] == "running"
        assert header["step"] >= step


async def test_a_run_that_ended_comes_back_paused_from_its_kept_state(
    host: LocalSessionHost, address: str, run: str
) -> None:
    async with LiveClient(address, run) as before:
        await before.attach()
        await before.command("step")
        await before.frame_where(lambda header: header["step"] == 1)
    await host.stop(run)
    async with LiveClient(address, run) as after:
        await after.attach()
        header = await after.frame()
        assert (header["step"], header["state"]) == (1, "paused")


async def test_other_settings_at_attach_are_applied(address: str, run: str) -> None:
    async with LiveClient(address, run) as client:
        await client.attach()
        await client.command("step")
        await client.frame_where(lambda header: header["step"] == 1)
    async with LiveClient(address, run) as client:
        await client.attach(SETTINGS | {"num_experts": 4})
        header = await client.frame()
        assert (header["step"], header["settings"]["num_experts"]) == (0, 4)


async def test_pretrained_that_does_not_exist_starts_at_step_0(address: str, run: str) -> None:
    async with LiveClient(address, run) as client:
        await client.attach(presets.load("specialists").config.settings(), pretrained="no-such-preset")
        assert (await client.frame())["step"] == 0


# Two pages, one run


async def test_a_living_page_keeps_its_run(address: str, client: LiveClient) -> None:
    await client.frame()
    answering = asyncio.create_task(client.message("who"))
    async with LiveClient(address, client.run) as second:
        await second.attach()
        assert await second.close_code() == 4409
    await answering
    await client.command("step")
    assert (await client.frame_where(lambda header: header["step"] == 1))["step"] == 1


async def test_a_page_that_does_not_answer_loses_its_run(address: str, run: str) -> None:
    async with LiveClient(address, run, present=False) as dead:
        await dead.attach()
        await dead.command("step")
        await dead.frame_where(lambda header: header["step"] == 1)
        async with LiveClient(address, run) as second:
            await second.attach()
            assert (await second.frame())["step"] == 1
            assert await dead.close_code() == 4409


async def test_the_same_page_takes_over_from_itself_unasked(address: str, run: str) -> None:
    view = str(uuid.uuid4())
    async with LiveClient(address, run, view) as older:
        await older.attach()
        await older.frame()
        async with LiveClient(address, run, view) as newer:
            await newer.attach()
            assert (await newer.frame())["step"] == 0
            assert await older.close_code() == 1000
            assert older.messages == []


# Ends


async def test_a_killed_worker_is_told_within_a_second_and_restarted_on_demand(
    host: LocalSessionHost, client: LiveClient
) -> None:
    await client.command("step")
    await client.frame_where(lambda header: header["step"] == 1)
    await until(lambda: host.kept_step(client.run) == 1)
    await client.request()
    began = time.monotonic()
    await kill_worker(host, client.run)
    lost = await client.message("lost")
    assert time.monotonic() - began < 1.0
    assert lost["kept_step"] == 1

    await client.command("play")
    assert (await client.message("problem"))["message"] == "The run has ended. Restart it to go on."
    version = client.header["run_version"]
    await client.send("restart_kept")
    assert await client.receive() == "frame"  # The request from before is still owed.
    assert (client.header["step"], client.header["state"]) == (1, "paused")
    assert client.header["run_version"] != version


async def test_a_worker_killed_before_anything_was_kept(host: LocalSessionHost, client: LiveClient) -> None:
    await client.send("configure", settings=SETTINGS | {"num_experts": 4})
    await client.frame_where(lambda header: header["settings"]["num_experts"] == 4)
    host.place.kept(client.run).unlink(missing_ok=True)
    await kill_worker(host, client.run)
    assert (await client.message("lost"))["kept_step"] is None
    await client.send("restart_kept")
    client.have = None
    header = await client.frame()
    assert (header["step"], header["settings"]["num_experts"]) == (0, 4)


async def test_a_full_server_says_so_and_lets_in_by_itself(host: LocalSessionHost, address: str) -> None:
    async with AsyncExitStack() as stack:

        async def come() -> LiveClient:
            client = await stack.enter_async_context(LiveClient(address, str(uuid.uuid4())))
            return await client.attach()

        seated = [await come() for _ in range(RUNS)]
        for client in seated:
            await client.frame()
        first, second = await come(), await come()
        full = f"This server is full: {RUNS} of {RUNS} runs; yours is"
        assert await first.message("waiting") == {"type": "waiting", "message": f"{full} first in line.", "place": 1}
        assert await second.message("waiting") == {"type": "waiting", "message": f"{full} second in line.", "place": 2}
        await first.command("step")
        await host.stop(seated[0].run)
        header = await first.frame_where(lambda header: header["step"] == 1)
        assert header["state"] == "paused"
        assert (await second.message("waiting"))["place"] == 1


async def test_a_slow_browser_builds_no_queue(host: LocalSessionHost, address: str, run: str) -> None:
    """A browser that asks and never reads: the worker trains on, and holds no more than one frame for it."""
    async with LiveClient(address, run) as client:
        await client.attach()
        await client.command("pace", pace="max")
        await client.command("play")
        await client.frame()
        request: dict[str, Any] = {"type": "frame", "have": None, "resolution": 64}
        for _ in range(300):
            await client.socket.send(json.dumps(request))
        before = (await asyncio.to_thread(host.ask, run, "evaluation")).step

        async def trains_on() -> bool:
            return (await asyncio.to_thread(host.ask, run, "evaluation")).step > before + 20

        await until(trains_on)
