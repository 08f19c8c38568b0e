"""The way from the web process to the runs: start one, open a line to it, ask it something, stop it, list them.

`SessionHost` hides where workers live. The one there is, `LocalSessionHost`, has them on this machine.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

from server import limits
from server.control import AskStats, Failed, InLine, ListRuns, Runs, RunStatus, Start, Started, Stats, Stop
from server.host_process import HostProcess
from server.message import Problem
from server.place import Place
from server.question import ANSWER, Answer, Ask, Export, Exported, ExportFile
from server.stream import Line, ask_once


class NoAnswer(LookupError):
    """The run did not answer. Says why, and what to do."""


class RunGone(NoAnswer):
    """The run has no worker."""


class RunBusy(NoAnswer):
    """The run's worker did not answer in time."""


class ExportRefused(ValueError):
    """The run cannot be had as this file. Says why."""


class SessionHost(ABC):
    """Where runs live.

    A viewer's commands and frames go over a line of its own, straight to the worker: `send` puts a message of
    `protocol.ToWorker` on it, `receive` takes a frame or a message of `protocol.Down` off it.
    """

    @abstractmethod
    async def start(
        self, run: str, settings: Mapping[str, Any], others: Sequence[dict[str, Any]], pretrained: str | None
    ) -> Started | InLine | Failed:
        """Have a worker for this run. Asked again by whoever waits in line."""

    @abstractmethod
    async def line(self, run: str) -> Line:
        """Open a line to the run's worker. Raises RunGone."""

    @abstractmethod
    async def stop(self, run: str) -> None:
        """End the run's worker, or give up its place in line. Its state is kept."""

    @abstractmethod
    async def list(self) -> tuple[RunStatus, ...]:
        """Every run that has a worker."""

    @abstractmethod
    async def stats(self) -> Stats:
        """The host in numbers."""

    @abstractmethod
    def kept_step(self, run: str) -> int | None:
        """The step that the run would go on from without its worker, or None for step 0."""

    @abstractmethod
    def ask(self, run: str, member: int = 0) -> Answer:
        """Ask the run's worker for what is shown of a member at rest. Waits for the answer. Raises NoAnswer."""

    @abstractmethod
    def export(self, run: str, file: ExportFile, member: int = 0) -> bytes:
        """A member of the run as a file. Waits for it. Raises RunGone, RunBusy and ExportRefused."""


class LocalSessionHost(SessionHost):
    """Runs on this machine, found through their private folder. `ask` and `kept_step` need no more than that.

    A web server opens it, which finds or spawns the host, and closes it, which ends the host and every run.
    """

    def __init__(self, place: Place) -> None:
        self.place = place
        self._host: HostProcess | None = None

    def open(self, arguments: Sequence[str] = ()) -> None:
        """Begin to find or spawn the host, with these arguments, without waiting for it. Raises PlaceError."""
        self.place.prepare()
        self._host = HostProcess(self.place, arguments)

    async def close(self) -> None:
        """End the host and all of its runs."""
        if self._host is not None:
            await self._host.close()
            self._host = None

    async def start(
        self, run: str, settings: Mapping[str, Any], others: Sequence[dict[str, Any]], pretrained: str | None
    ) -> Started | InLine | Failed:
        start = Start(run=run, settings=dict(settings), others=list(others), pretrained=pretrained)
        reply = await self._opened.request(start)
        assert isinstance(reply, Started | InLine | Failed)
        return reply

    async def line(self, run: str) -> Line:
        try:
            return await Line.open(self.place.worker_socket(run))
        except (FileNotFoundError, ConnectionRefusedError) as error:
            raise RunGone("The process of this run has ended.") from error

    async def stop(self, run: str) -> None:
        await self._opened.request(Stop(run=run))

    async def list(self) -> tuple[RunStatus, ...]:
        reply = await self._opened.request(ListRuns())
        assert isinstance(reply, Runs)
        return reply.runs

    async def stats(self) -> Stats:
        reply = await self._opened.request(AskStats())
        assert isinstance(reply, Stats)
        return reply

    def kept_step(self, run: str) -> int | None:
        return self.place.kept_step(run)

    def ask(self, run: str, member: int = 0) -> Answer:
        answer = self._answer(run, Ask(member=member), limits.ASK_SECONDS)
        if isinstance(answer, Problem):
            raise NoAnswer(answer.message)
        assert isinstance(answer, Answer)
        return answer

    def export(self, run: str, file: ExportFile, member: int = 0) -> bytes:
        answer = self._answer(run, Export(file=file, member=member), limits.EXPORT_SECONDS)
        if isinstance(answer, Problem):
            raise ExportRefused(answer.message)
        assert isinstance(answer, Exported)
        return answer.content

    def _answer(self, run: str, question: Ask | Export, seconds: float) -> Answer | Exported | Problem:
        try:
            return ANSWER.validate_json(ask_once(self.place.worker_socket(run), question.encode(), seconds))
        except TimeoutError as error:
            raise RunBusy(f"The run is busy: it did not answer in {seconds:g} seconds. Try again.") from error
        except OSError as error:
            raise RunGone("The run has no worker now. Press play or step, then try again.") from error

    @property
    def _opened(self) -> HostProcess:
        assert self._host is not None, "the session host is not open"
        return self._host
