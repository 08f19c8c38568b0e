"""What the web process, the host and its workers say to each other. JSON messages, framed as in channel.py.

On the control socket each request has one answer, in order. A worker and the host talk over a pair of sockets that
the worker was forked with: when either side dies, the other reads the end of the stream at once.
"""

from typing import Annotated, Literal

from pydantic import Field, TypeAdapter

from server.message import Message, Others, PresetName, RunId, Settings


class Start(Message):
    """Have a worker for this run: the one there is, or a new one, or a place in the waiting line."""

    type: Literal["start"] = "start"
    run: RunId
    settings: Settings
    others: Others = Field(default_factory=list)
    pretrained: PresetName | None = None


class Stop(Message):
    """End a run's worker, or give up its place in line. Its state is kept."""

    type: Literal["stop"] = "stop"
    run: RunId


class ListRuns(Message):
    """Which runs are there?"""

    type: Literal["list"] = "list"


class AskStats(Message):
    """How is the host?"""

    type: Literal["stats"] = "stats"


class Shutdown(Message):
    """End every worker and the host, and remove the folder. The connection ends when all is gone."""

    type: Literal["shutdown"] = "shutdown"


class Started(Message):
    """The run has a worker, which listens."""

    type: Literal["started"] = "started"


class InLine(Message):
    """The server is full. `place` 1 is the next to enter, if it goes on asking."""

    type: Literal["in_line"] = "in_line"
    place: int
    limit: int


class RunStatus(Message):
    """One run, as its worker last reported it."""

    run: str
    pid: int
    viewers: int
    kept_step: int | None


class Failed(Message):
    """The run could not be started. Says why."""

    type: Literal["failed"] = "failed"
    message: str


class Runs(Message):
    """Every run of the host."""

    type: Literal["runs"] = "runs"
    runs: tuple[RunStatus, ...]


class Stats(Message):
    """The host in numbers. `warm`: it has loaded all that workers share."""

    type: Literal["stats"] = "stats"
    pid: int
    warm: bool
    runs: int
    limit: int
    waiting: int


class Stopped(Message):
    """There is no worker for this run any more."""

    type: Literal["stopped"] = "stopped"


class Report(Message):
    """From a worker to the host, when it changed."""

    type: Literal["report"] = "report"
    viewers: int
    kept_step: int | None


class End(Message):
    """From the host to a worker: keep the state and exit."""

    type: Literal["end"] = "end"


Request = Start | Stop | ListRuns | AskStats | Shutdown
Reply = Started | InLine | Failed | Runs | Stats | Stopped

REQUEST: TypeAdapter[Request] = TypeAdapter(Annotated[Request, Field(discriminator="type")])
REPLY: TypeAdapter[Reply] = TypeAdapter(Annotated[Reply, Field(discriminator="type")])
REPORT: TypeAdapter[Report] = TypeAdapter(Report)
