"""What browser, route, page and worker say to each other about one run.

Up to the route, as JSON text on the WebSocket: attach first, then anything of `Up`. The route passes `ToWorker` on,
over the worker's socket, where each message has its length in front: 4 bytes, big-endian, as in
multiprocessing.connection. Down come frames (binary, see frames.py) and, as JSON text, anything of `Down`.
"""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

CLOSE_MALFORMED = 4400
CLOSE_FOREIGN = 4403
"""Used before the socket is accepted, so that a browser sees HTTP 403."""
CLOSE_IN_USE = 4409
CLOSE_REPLACED = 1000
"""The same page opened a newer socket for the same run; nobody listens to the older one."""
CLOSE_TOO_BIG = 1009

RUN_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
"""A run's id: a lower-case random UUID (version 4), made by the browser. Who knows it controls the run."""

RunId = Annotated[str, Field(pattern=f"^{RUN_ID.pattern}$")]
PresetName = Annotated[str, Field(pattern="^[a-z0-9]+(-[a-z0-9]+)*$", max_length=64)]
Settings = Annotated[dict[str, Any], Field(max_length=64)]
Count = Annotated[int, Field(ge=0, lt=2**53)]
"""A whole number that JavaScript holds exactly."""
Pace = Literal["slow", "teach", "max"]
State = Literal["paused", "running", "diverged"]


class Message(BaseModel):
    """One message. Types are taken strictly and unknown fields are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    def encode(self) -> bytes:
        """The message as JSON."""
        return self.model_dump_json().encode()


class Attach(Message):
    """The first message of a socket. `view` names the page load, so that a page can take over from itself."""

    type: Literal["attach"] = "attach"
    view: Annotated[str, Field(pattern="^[0-9a-f-]{36}$")]
    settings: Settings
    pretrained: PresetName | None = None


class Have(Message):
    """What a viewer has seen: nothing is sent twice."""

    sequence: Count
    run_version: Count
    history_version: Count
    history_rows: Count


class FrameRequest(Message):
    """Ask for one frame, answered when there is something newer than `have`. A second request replaces the first."""

    type: Literal["frame"] = "frame"
    have: Have | None = None
    resolution: Annotated[int, Field(ge=1, le=256)] = 64


class Command(Message):
    """The transport's buttons. `pace` goes with the command of that name only."""

    type: Literal["command"] = "command"
    command: Literal["play", "pause", "step", "rewind", "pace"]
    pace: Pace | None = None

    @model_validator(mode="after")
    def _pace_with_its_command(self) -> Self:
        if (self.command == "pace") != (self.pace is not None):
            raise ValueError("pace is given with the command pace, and with no other")
        return self


class Configure(Message):
    """Change settings. Live ones act on the running model; any other difference restarts the run."""

    type: Literal["configure"] = "configure"
    settings: Settings


class RestartKept(Message):
    """After `Lost`: go on from the last kept state, in a new worker."""

    type: Literal["restart_kept"] = "restart_kept"


class Present(Message):
    """The answer to `Who`: this page is alive and keeps its run."""

    type: Literal["present"] = "present"


class Ask(Message):
    """A question of a page's script, on a connection of its own."""

    type: Literal["ask"] = "ask"
    query: Literal["evaluation"]


class Answer(Message):
    """Metrics on the test split now and at step 0. A number that is not finite is given as null."""

    type: Literal["answer"] = "answer"
    step: int
    metrics: dict[str, float | None]
    untrained: dict[str, float | None]


class Problem(Message):
    """A refused command or setting. The run goes on as it was."""

    type: Literal["problem"] = "problem"
    message: str


class Lost(Message):
    """The worker ended. `kept_step` is where `RestartKept` would go on, or null for step 0."""

    type: Literal["lost"] = "lost"
    message: str
    kept_step: int | None


class Waiting(Message):
    """The server is full. The socket attaches by itself when there is room."""

    type: Literal["waiting"] = "waiting"
    message: str
    place: int


class Who(Message):
    """Another page wants this run."""

    type: Literal["who"] = "who"


Up = Attach | FrameRequest | Command | Configure | RestartKept | Present
ToWorker = FrameRequest | Command | Configure | Ask
Down = Problem | Lost | Waiting | Who

UP: TypeAdapter[Up] = TypeAdapter(Annotated[Up, Field(discriminator="type")])
TO_WORKER: TypeAdapter[ToWorker] = TypeAdapter(Annotated[ToWorker, Field(discriminator="type")])
ANSWER: TypeAdapter[Answer | Problem] = TypeAdapter(Annotated[Answer | Problem, Field(discriminator="type")])
