"""A browser that views a run: it waits for a place, is tied to the run's worker, and is told when that is lost."""

import asyncio
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, NoReturn

from moe_core.config import ConfigError, RunConfig
from moe_core.config import Problem as WrongSetting
from server import frames, limits
from server.browser import Browser, BrowserGone
from server.client import RunGone, SessionHost
from server.control import Failed, InLine
from server.message import Problem
from server.protocol import (
    CLOSE_MALFORMED,
    Attach,
    Command,
    Configure,
    FrameRequest,
    Lost,
    Present,
    RestartKept,
    Waiting,
    Who,
)
from server.stream import Line, StreamEnded

MOST_HELD_BACK = 32
"""Commands that wait for the worker to start. A person does not press more keys than that meanwhile."""


class Viewing:
    """From attach to close. `serve` does it all; the other public methods settle who holds the run."""

    def __init__(self, browser: Browser, host: SessionHost, run: str, attach: Attach) -> None:
        self.view = attach.view
        self._browser = browser
        self._host = host
        self._run = run
        self._pretrained = attach.pretrained
        self._config = RunConfig()
        self._wanted: dict[str, Any] = {}
        self._others: list[dict[str, Any]] = []
        self._refused = self._accept(attach)
        self._request: FrameRequest | None = None
        self._held_back: deque[Command | Configure] = deque(maxlen=MOST_HELD_BACK)
        self._line: Line | None = None
        self._lost = False
        self._restart = asyncio.Event()
        self._heard = asyncio.Event()
        self._displaced: asyncio.Future[int] = asyncio.get_running_loop().create_future()

    async def serve(self) -> None:
        """Listen to both sides until one goes. Raises BrowserGone."""
        try:
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._listen())
                tasks.create_task(self._stay_attached())
                tasks.create_task(self._until_displaced())
                tasks.create_task(self._keep_asking())
        except* BrowserGone as gone:
            raise BrowserGone(next((e.code for e in gone.exceptions if isinstance(e, BrowserGone)), None)) from None
        finally:
            self._displaced.cancel()
            self._heard.set()

    async def is_present(self) -> bool:
        """Ask the page whether it is alive. A page that does not answer in time has lost its claim."""
        self._heard.clear()
        try:
            async with asyncio.timeout(limits.PRESENT_SECONDS):
                await self._browser.tell(Who())
                await self._heard.wait()
        except (TimeoutError, BrowserGone):
            return False
        return not self._displaced.done()

    def displace(self, code: int) -> None:
        """Another socket has the run now. This one closes."""
        if not self._displaced.done():
            self._displaced.set_result(code)

    async def _until_displaced(self) -> NoReturn:
        raise BrowserGone(await self._displaced)

    async def _keep_asking(self) -> NoReturn:
        """Both sides learn by it that the other one is there: the answer is passed on to the worker."""
        while True:
            await asyncio.sleep(limits.WHO_EVERY)
            await self._browser.tell(Who())

    # From the browser

    async def _listen(self) -> NoReturn:
        while True:
            match message := await self._browser.receive():
                case FrameRequest():
                    self._request = message
                    if self._line is not None:
                        await self._send(self._line, message)
                case Command():
                    await self._command(message)
                case Configure():
                    refused = self._accept(message)
                    if refused:
                        await self._browser.tell(Problem(message=refused))
                    await self._command(Configure(settings=self._wanted, others=self._others))
                case RestartKept():
                    self._restart.set()
                case Present():
                    self._heard.set()
                    if self._line is not None:
                        await self._send(self._line, message)
                case Attach():
                    raise BrowserGone(CLOSE_MALFORMED)

    def _accept(self, message: Attach | Configure) -> str | None:
        """Take the good settings as those that are wanted. Returns what is wrong with the others.

        Only the good ones are passed on, and the worker lays them over its own: a refused setting changes nothing.
        """
        self._config, problems = self._config.merge(message.settings)
        self._wanted = without_refused(message.settings, problems)
        self._others = []
        for other in message.others:
            _, refused = self._config.merge(other)
            self._others.append(without_refused(other, refused))
            problems += refused
        return str(ConfigError(problems)) if problems else None

    async def _command(self, command: Command | Configure) -> None:
        if self._line is not None:
            await self._send(self._line, command)
        elif self._lost:
            await self._browser.tell(Problem(message="The run has ended. Restart it to go on."))
        else:
            self._held_back.append(command)

    async def _send(self, line: Line, message: Command | Configure | FrameRequest | Present) -> None:
        try:
            await line.send(message.encode())
        except StreamEnded:
            self._line = None  # The other task reads the end of the stream, and says that the run is lost.

    # From the worker

    async def _stay_attached(self) -> NoReturn:
        if self._refused:
            await self._browser.tell(Problem(message=self._refused))
        while True:
            try:
                line = await self._open_line()
                try:
                    await self._introduce(line)
                    while True:
                        await self._pass_down(await line.receive())
                finally:
                    self._line = None
                    line.close()
            except StreamEnded:
                await self._lose("The process of this run has ended.")
            except RunGone as error:
                await self._lose(str(error))
            except TimeoutError:
                await self._lose("The server could not start this run: its session host does not answer.")

    async def _open_line(self) -> Line:
        """Have a worker, waiting in line when the server is full. Raises RunGone, or TimeoutError from the host."""
        place = 0
        while True:
            reply = await self._host.start(self._run, self._config.settings(), self._others, self._pretrained)
            if isinstance(reply, Failed):
                raise RunGone(reply.message)
            if not isinstance(reply, InLine):
                return await self._host.line(self._run)
            if reply.place != place:
                place = reply.place
                await self._browser.tell(Waiting(message=limits.full_server(place, reply.limit), place=place))
            await asyncio.sleep(limits.RETRY_SECONDS)

    async def _introduce(self, line: Line) -> None:
        """Bring the run to the wanted settings, then send what came while there was no line."""
        await line.send(Configure(settings=self._wanted, others=self._others).encode())
        while self._held_back:
            await line.send(self._held_back.popleft().encode())
        self._line = line
        if self._request is not None:
            await line.send(self._request.encode())

    async def _pass_down(self, data: bytes) -> None:
        if frames.is_frame(data):
            self._request = None
        await self._browser.pass_on(data)

    async def _lose(self, message: str) -> None:
        """Say that the worker is gone, and wait until the browser wants another."""
        self._lost = True
        self._restart.clear()
        self._held_back.clear()
        self._wanted = self._config.settings()
        self._pretrained = None  # Going on without a kept state means from step 0.
        await self._browser.tell(Lost(message=message, kept_step=self._host.kept_step(self._run)))
        await self._restart.wait()
        self._lost = False


def without_refused(settings: Mapping[str, Any], problems: Iterable[WrongSetting]) -> dict[str, Any]:
    """The settings that nothing was found wrong with."""
    bad = {field for problem in problems for field in problem.fields}
    return {name: value for name, value in settings.items() if name not in bad}
