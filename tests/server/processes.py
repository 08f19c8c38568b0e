"""Waiting for what other processes do, and asking whether they live."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

PATIENCE = 20.0


async def until(condition: Callable[[], bool | Awaitable[bool]], seconds: float = PATIENCE) -> None:
    """Look again and again until the condition holds."""
    deadline = time.monotonic() + seconds
    while True:
        held = condition()
        if not isinstance(held, bool):
            held = await held
        if held:
            return
        assert time.monotonic() < deadline, f"not within {seconds} s"
        await asyncio.sleep(0.01)


def alive(pid: int) -> bool:
    """Whether the process runs. One that has ended and that nobody reaped does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    status = Path(f"/proc/{pid}/stat")
    return not (status.exists() and status.read_text().rpartition(")")[2].split()[0] == "Z")
