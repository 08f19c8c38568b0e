"""Talking to workers directly, without a web server between."""

from collections.abc import Awaitable, Callable

from moe_core.config import RunConfig
from server.client import LocalSessionHost
from server.control import RunStatus
from server.frames import split, unpack
from server.message import Message
from server.protocol import FrameRequest
from server.stream import Line

SETTINGS = RunConfig().settings()

OpenRun = Callable[[LocalSessionHost, str], Awaitable[Line]]
"""Starts a run, or joins the one there is, and opens a line to it."""


async def say(line: Line, message: Message) -> None:
    await line.send(message.encode())


async def step_of(line: Line) -> int:
    """The run's step, after all that was said before."""
    await say(line, FrameRequest())
    header, _ = unpack(split(await line.receive())[0])
    return int(header["step"])


async def status_of(host: LocalSessionHost, run: str) -> RunStatus | None:
    """The run as the host knows it, or None when it has no worker."""
    return next((status for status in await host.list() if status.run == run), None)


def run_number(number: int) -> str:
    """A run's id that a test can tell from others."""
    return f"00000000-0000-4000-8000-{number:012d}"
