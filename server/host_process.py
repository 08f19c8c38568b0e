"""The host as its web process sees it: adopted where one lives, spawned where none does, asked over one connection."""

import asyncio
import logging
import shutil
import subprocess
import sys
import time
from collections import deque
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

from server import limits
from server.control import REPLY, Reply, Request, Shutdown
from server.place import Place
from server.stream import Line, StreamEnded

log = logging.getLogger(__name__)

ROOT = Path(__file__).resolve().parents[1]

LOOK_SECONDS = 0.02
"""How often to look whether a spawned host listens yet. It does within about 0.3 s, before it loads torch."""

SPAWN_SECONDS = 1.0
"""A host that cannot start is tried again no sooner than this."""

SHUTDOWN_SECONDS = 2.0
"""How long a clean end may take before the host is ended by force. It takes some 20 ms when the host is idle."""


class HostProcess:
    """Keeps a connection to a host of this place, from `open` to `close`, whatever happens to the host."""

    def __init__(self, place: Place, arguments: Sequence[str]) -> None:
        self.place = place
        self._arguments = arguments
        self._process: subprocess.Popen[bytes] | None = None
        self._spawned_at = -SPAWN_SECONDS
        self._line: Line | None = None
        self._connected = asyncio.Event()
        self._answers: deque[asyncio.Future[Reply]] = deque()
        self._answered = False
        self._closing = False
        self._keeper = asyncio.create_task(self._stay_connected())

    async def request(self, request: Request) -> Reply:
        """Ask the host, and the next one if it dies over it: every request may be made twice. Raises TimeoutError."""
        async with asyncio.timeout(limits.REQUEST_SECONDS):
            while True:
                await self._connected.wait()
                answer = asyncio.get_running_loop().create_future()
                self._answers.append(answer)
                with suppress(StreamEnded):
                    await self._send(request)
                with suppress(StreamEnded):
                    return await answer

    async def _send(self, request: Request) -> None:
        if self._line is not None:
            await self._line.send(request.encode())

    async def close(self) -> None:
        """End the host and all of its workers."""
        self._closing = True
        adopted = self._line is not None and self._process is None
        if self._answered or adopted:
            with suppress(StreamEnded):
                await self._send(Shutdown())
            await asyncio.wait([self._keeper], timeout=SHUTDOWN_SECONDS)
        self._keeper.cancel()
        await asyncio.wait([self._keeper])
        if self._process is not None:
            await asyncio.to_thread(self._end_by_force, self._process)

    def _end_by_force(self, process: subprocess.Popen[bytes]) -> None:
        """For a host that is still loading torch, or hangs. SIGTERM is a clean end as well, once it has begun."""
        if process.poll() is None:
            process.terminate()
        try:
            process.wait(SHUTDOWN_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
        if process.returncode != 0:  # It could not remove the folder itself.
            shutil.rmtree(self.place.folder, ignore_errors=True)

    async def _stay_connected(self) -> None:
        while not self._closing:
            self._line = await self._reach()
            self._connected.set()
            with suppress(StreamEnded):
                while True:
                    answer = REPLY.validate_json(await self._line.receive())
                    self._answered = True
                    waiting = self._answers.popleft()
                    if not waiting.done():
                        waiting.set_result(answer)
            self._connected.clear()
            self._line.close()
            self._line = None
            self._answered = False
            while self._answers:
                waiting = self._answers.popleft()
                if not waiting.done():
                    waiting.set_exception(StreamEnded())

    async def _reach(self) -> Line:
        """Connect to the living host, or spawn one and connect to it."""
        while True:
            with suppress(FileNotFoundError, ConnectionRefusedError):
                return await Line.open(self.place.control_socket)
            gone = self._process is None or self._process.poll() is not None
            if gone and time.monotonic() - self._spawned_at >= SPAWN_SECONDS:
                self._spawn()
            await asyncio.sleep(LOOK_SECONDS)

    def _spawn(self) -> None:
        """A clean main module, for Streamlit's own is the page; a session of its own, so that Ctrl-C is not for it."""
        if self._process is not None:
            log.warning("The session host ended with exit code %s. Another is started.", self._process.returncode)
        self._spawned_at = time.monotonic()
        self._process = subprocess.Popen(
            [sys.executable, "-m", "server.host", "--folder", str(self.place.folder), *self._arguments],
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
        )
