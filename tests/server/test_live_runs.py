"""Finding a run again, two pages that want the same one, and a server that is full."""

import asyncio
import contextlib
import uuid
from contextlib import AsyncExitStack

import pytest

from moe_core.config import presets
from server.client import LocalSessionHost
from tests.server.conftest import RUNS
from tests.server.lines import SETTINGS
from tests.server.live_client import LiveClient

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


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


async def test_a_living_page_keeps_its_run(address: str, client: LiveClient) -> None:
    await client.frame()
    answering = asyncio.create_task(client.message("lost"))
    async with LiveClient(address, client.run) as second:
        await second.attach()
        assert await second.close_code() == 4409
    answering.cancel()
    with contextlib.suppress(asyncio.CancelledError):
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
