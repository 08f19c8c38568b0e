"""What a worker costs and what a viewer costs it: start, memory, the share of rendering, and the speed of training."""

import asyncio
import re
import statistics
import time
import uuid
from pathlib import Path
from typing import Any

from benchmarks.pulling import PullingViewer
from benchmarks.row import Row, table
from moe_core.config import presets
from server.client import LocalSessionHost
from server.control import RunStatus
from server.message import MOST_MEMBERS
from server.place import place_of
from server.protocol import Configure, FrameRequest
from tests.browser.app_server import AppServer, free_port

STARTS = 10
WATCHED_ROUNDS, WATCHED_SECONDS = 9, 2.0

OTHERS: list[dict[str, Any]] = [{"balance_coefficient": value} for value in (0.0, 0.3, 1.0)]

MEBIBYTES = 45
MEBIBYTES_OF_A_GROUP = MEBIBYTES + 3 * 5
"""The kept states, the most of it, are shared. A further member adds its models, its data, its curves and its frames:
it may take 5 MiB."""


def measure() -> list[Row]:
    """All of it with one app, whose session host is warm."""
    server = AppServer(free_port())
    try:
        return asyncio.run(_measure(server.port))
    finally:
        server.stop()


async def _measure(port: int) -> list[Row]:
    settings = presets.load("specialists").config.settings()
    host = LocalSessionHost(place_of(port))
    host.open()  # Adopts the app's own.
    try:
        while not (await host.stats()).warm:
            await asyncio.sleep(0.1)
        return [
            *await _starts(host, settings),
            *await _shares(port, settings),
            *await _watched(host, port, settings),
            *await _groups(host, port, settings),
        ]
    finally:
        await host.close()


async def _starts(host: LocalSessionHost, settings: dict[str, Any]) -> list[Row]:
    """From the request for a new run to its first frame."""
    milliseconds = []
    for _ in range(STARTS):
        run = str(uuid.uuid4())
        began = time.monotonic()
        await host.start(run, settings, [], None)
        line = await host.line(run)
        await line.send(Configure(settings=settings).encode())
        await line.send(FrameRequest().encode())
        await line.receive()
        milliseconds.append((time.monotonic() - began) * 1e3)
        line.close()
        await host.stop(run)
    median = statistics.median(milliseconds)
    return [Row("start of a warm worker, to its first frame", median, "ms", "<= 150 ms", median <= 150)]


async def _shares(port: int, settings: dict[str, Any]) -> list[Row]:
    rows = []
    for pace in ("2", "max"):
        viewer = PullingViewer(port, str(uuid.uuid4()), settings)
        await viewer.pull(pace, seconds=5.0)
        rows += _frames_and_share(viewer, f"at pace {pace}")
    return rows


async def _groups(host: LocalSessionHost, port: int, settings: dict[str, Any]) -> list[Row]:
    """A run with copies beside it. Its planes take a while to get as coarse as they have to be."""
    rows = []
    for number in (2, MOST_MEMBERS):
        run = str(uuid.uuid4())
        viewer = PullingViewer(port, run, settings, OTHERS[: number - 1])
        await viewer.pull("2", seconds=10.0)
        rows += _frames_and_share(viewer, f"by a group of {number}")
    (status,) = [status for status in await host.list() if status.run == run]
    return [*rows, *_memory(status, f"private memory of a group of {number}", MEBIBYTES_OF_A_GROUP)]


def _frames_and_share(viewer: PullingViewer, what: str) -> list[Row]:
    share = viewer.header["render_share"]
    rate = (len(viewer.times) - 1) / (viewer.times[-1] - viewer.times[0])
    return [
        Row(f"frames pulled {what}", rate, "frames/s", ">= 25 frames/s", rate >= 25),
        Row(f"share of rendering {what}", 100 * share, "%", "<= 15 %", share <= 0.15),
    ]


async def _watched(host: LocalSessionHost, port: int, settings: dict[str, Any]) -> list[Row]:
    """Steps per second at pace max, unwatched and watched in turn; the median of the ratios of neighbours."""
    run = str(uuid.uuid4())
    viewer = PullingViewer(port, run, settings)
    await viewer.pull("max", seconds=1.0)
    alone, watched = [], []
    for _ in range(WATCHED_ROUNDS):
        alone.append(await _steps_per_second(host, run, asyncio.sleep(WATCHED_SECONDS)))
        watched.append(await _steps_per_second(host, run, viewer.pull("max", WATCHED_SECONDS)))
    ratio = statistics.median(mine / other for mine, other in zip(watched, alone, strict=True))
    rows = [
        Row("training at pace max, unwatched", statistics.median(alone), "steps/s"),
        Row("training at pace max, watched at 30 frames/s", statistics.median(watched), "steps/s"),
        Row("watched / unwatched", 100 * ratio, "%", ">= 80 %", ratio >= 0.8),
    ]
    (status,) = [status for status in await host.list() if status.run == run]
    return [*rows, *_memory(status, "private memory of a worker that trained", MEBIBYTES)]


async def _steps_per_second(host: LocalSessionHost, run: str, meanwhile: Any) -> float:
    first = await asyncio.to_thread(host.ask, run)
    began = time.monotonic()
    await meanwhile
    seconds = time.monotonic() - began  # Answering takes time from training: it is not counted.
    last = await asyncio.to_thread(host.ask, run)
    return (last.step - first.step) / seconds


def _memory(status: RunStatus, name: str, bound: int) -> list[Row]:
    """Memory that is the worker's alone, after it trained. Linux tells; macOS does not."""
    rollup = Path(f"/proc/{status.pid}/smaps_rollup")
    if not rollup.exists():
        return []
    kibibytes = sum(int(size) for size in re.findall(r"^Private_\w+: +(\d+) kB$", rollup.read_text(), re.MULTILINE))
    return [Row(name, kibibytes / 1024, "MiB", f"<= {bound} MiB", kibibytes <= bound * 1024)]


if __name__ == "__main__":
    print(table(measure()))
