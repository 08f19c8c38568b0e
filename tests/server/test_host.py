"""The session host with real worker processes: starting, limits, deaths and ends."""

import asyncio
import contextlib
import os
import signal
import time
from pathlib import Path

import pytest

from moe_core.config import RunConfig
from moe_core.trainer import Trainer
from server.client import LocalSessionHost, RunGone
from server.control import InLine, Started
from server.place import Place
from server.protocol import Command, FrameRequest
from server.stream import Line, StreamEnded
from tests.server.conftest import RUNS, VIEWER_GRACE
from tests.server.lines import SETTINGS, OpenRun, run_number, say, status_of, step_of
from tests.server.processes import alive, until

pytestmark = [pytest.mark.asyncio(loop_scope="session"), pytest.mark.slow]


async def test_start_list_stop(host: LocalSessionHost, run: str, open_run: OpenRun) -> None:
    line = await open_run(host, run)
    assert await step_of(line) == 0
    status = await status_of(host, run)
    assert status is not None
    assert alive(status.pid)
    assert isinstance(await host.start(run, SETTINGS, [], None), Started)
    assert len(await host.list()) == 1
    await host.stop(run)
    assert await host.list() == ()
    assert not alive(status.pid)
    with pytest.raises(StreamEnded):
        await line.receive()
    with pytest.raises(RunGone):
        await host.line(run)
    await host.stop(run)
    line.close()


async def test_the_host_is_one_thread_and_has_no_zombies(host: LocalSessionHost, run: str, open_run: OpenRun) -> None:
    line = await open_run(host, run)
    await step_of(line)
    line.close()
    await host.stop(run)
    pid = (await host.stats()).pid
    if Path("/proc").exists():
        assert len(list(Path(f"/proc/{pid}/task").iterdir())) == 1
        assert Path(f"/proc/{pid}/task/{pid}/children").read_text() == ""


async def test_ask(host: LocalSessionHost, run: str, open_run: OpenRun) -> None:
    line = await open_run(host, run)
    await say(line, Command(command="step"))
    assert await step_of(line) == 1
    answer = await asyncio.to_thread(host.ask, run)
    trainer = Trainer(RunConfig())
    assert (answer.step, answer.untrained) == (1, trainer.initial_metrics)
    trainer.step()
    assert answer.metrics == pytest.approx(trainer.measure())
    line.close()
    await host.stop(run)
    with pytest.raises(RunGone):
        await asyncio.to_thread(host.ask, run)


async def test_a_full_server_has_a_line(host: LocalSessionHost, open_run: OpenRun) -> None:
    seated = [run_number(number) for number in range(RUNS)]
    first, second = run_number(100), run_number(101)
    for run in seated:
        await open_run(host, run)
    for _ in range(2):
        assert await host.start(first, SETTINGS, [], None) == InLine(place=1, limit=RUNS)
        assert await host.start(second, SETTINGS, [], None) == InLine(place=2, limit=RUNS)
    assert (await host.stats()).waiting == 2
    await host.stop(seated[0])
    assert await host.start(second, SETTINGS, [], None) == InLine(place=2, limit=RUNS)
    assert isinstance(await host.start(first, SETTINGS, [], None), Started)
    assert await host.start(second, SETTINGS, [], None) == InLine(place=1, limit=RUNS)
    await host.stop(second)


async def test_a_place_in_line_expires(host: LocalSessionHost, open_run: OpenRun) -> None:
    for number in range(RUNS):
        await open_run(host, run_number(number))
    await host.start(run_number(100), SETTINGS, [], None)

    async def second_is_next() -> bool:
        return await host.start(run_number(101), SETTINGS, [], None) == InLine(place=1, limit=RUNS)

    assert not await second_is_next()
    await until(second_is_next)
    await host.stop(run_number(101))


async def test_a_killed_worker_is_known_at_once(host: LocalSessionHost, run: str, open_run: OpenRun) -> None:
    line = await open_run(host, run)
    await step_of(line)
    status = await status_of(host, run)
    assert status is not None
    began = time.monotonic()
    os.kill(status.pid, signal.SIGKILL)
    with pytest.raises(StreamEnded):
        await line.receive()

    async def is_gone() -> bool:
        return await status_of(host, run) is None

    await until(is_gone)
    assert time.monotonic() - began < 1.0
    line.close()


async def test_a_run_without_a_viewer_ends_after_its_grace_and_is_kept(
    host: LocalSessionHost, run: str, open_run: OpenRun
) -> None:
    line = await open_run(host, run)
    await say(line, Command(command="step"))
    await step_of(line)
    line.close()
    left = time.monotonic()

    async def is_gone() -> bool:
        return await status_of(host, run) is None

    await until(is_gone)
    assert time.monotonic() - left > VIEWER_GRACE - 0.1
    assert host.kept_step(run) == 1


async def test_a_viewer_who_does_not_read_delays_nobody(host: LocalSessionHost, run: str, open_run: OpenRun) -> None:
    line = await open_run(host, run)
    await say(line, Command(command="play"))
    stuck = await host.line(run)
    for _ in range(200):
        await say(stuck, FrameRequest())
    step = await step_of(line)
    await until(lambda: asyncio.ensure_future(has_passed(line, step)))
    waiting = 0
    with contextlib.suppress(TimeoutError):
        while True:
            await asyncio.wait_for(stuck.receive(), 0.5)
            waiting += 1
    assert 1 <= waiting <= 20  # Of 200 requests: each replaced the one before.
    stuck.close()
    line.close()


async def has_passed(line: Line, step: int) -> bool:
    return await step_of(line) > step


async def test_a_killed_host_takes_its_workers_along_and_is_replaced(place: Place, open_run: OpenRun) -> None:
    host = LocalSessionHost(place)
    host.open()
    lines = [await open_run(host, run_number(number)) for number in range(2)]
    for line in lines:
        await say(line, Command(command="step"))
        assert await step_of(line) == 1
    pids = [status.pid for status in await host.list()]
    old = (await host.stats()).pid
    await until(lambda: host.kept_step(run_number(0)) == host.kept_step(run_number(1)) == 1)
    os.kill(old, signal.SIGKILL)
    for line in lines:
        with pytest.raises(StreamEnded):
            await line.receive()
        line.close()
    await until(lambda: not any(alive(pid) for pid in pids))

    line = await open_run(host, run_number(0))
    assert await step_of(line) == 1
    new = (await host.stats()).pid
    assert new != old
    worker = (await host.list())[0].pid
    line.close()
    await host.close()
    assert not alive(new)
    assert not alive(worker)
    assert not place.folder.exists()
