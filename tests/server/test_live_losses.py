"""What a browser sees when a worker is killed, and what a worker sees of a browser that does not read."""

import asyncio
import contextlib
import json
import os
import signal
import time
from typing import Any

import pytest

from server.client import LocalSessionHost
from tests.server.lines import SETTINGS
from tests.server.live_client import LiveClient
from tests.server.processes import until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def kill_worker(host: LocalSessionHost, run: str) -> None:
    (pid,) = [status.pid for status in await host.list() if status.run == run]
    os.kill(pid, signal.SIGKILL)


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
    await until(lambda: host.kept_step(client.run) == 0)
    host.place.kept(client.run).unlink()
    await kill_worker(host, client.run)
    assert (await client.message("lost"))["kept_step"] is None
    await client.send("restart_kept")
    client.have = []
    header = await client.frame()
    assert (header["step"], header["settings"]["num_experts"]) == (0, 4)


async def test_a_slow_browser_builds_no_queue(host: LocalSessionHost, address: str, run: str) -> None:
    """A browser that asks and never reads: the worker trains on, and holds no more than one frame for it."""
    async with LiveClient(address, run) as client:
        await client.attach()
        await client.command("pace", pace="max")
        await client.command("play")
        await client.frame()
        request: dict[str, Any] = {"type": "frame", "have": [], "resolution": 64}
        for _ in range(300):
            await client.socket.send(json.dumps(request))
        before = (await asyncio.to_thread(host.ask, run)).step

        async def trains_on() -> bool:
            return (await asyncio.to_thread(host.ask, run)).step > before + 20

        await until(trains_on)
        waiting = 0
        with contextlib.suppress(TimeoutError):
            while True:
                await asyncio.wait_for(client.socket.recv(), 0.5)
                waiting += 1
        assert 1 <= waiting <= 30  # Of 300 requests: each replaced the one before.
