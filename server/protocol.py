"""What browser, route, page and worker say to each other about one run.

Up to the route, as JSON text on the WebSocket: attach first, then anything of `Up`. The route passes `ToWorker` on,
over the worker's socket, where each message has its length in front: 4 bytes, big-endian, as in
multiprocessing.connection. Down come frames (binary, see frames.py) and, as JSON text, anything of `Down`.
"""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter, model_validator

from moe_core.config.command import INTERVENTIONS

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
MOST_MEMBERS = 4
"""Of a lockstep group: as many as can be shown side by side."""
Others = Annotated[list[Settings], Field(max_length=MOST_MEMBERS - 1)]
"""The further members of a lockstep group: for each, the settings in which it differs from the first."""
Count = Annotated[int, Field(ge=0, lt=2**53)]
"""A whole number that JavaScript holds exactly."""
Number = Annotated[float, Field(allow_inf_nan=False)]
Pace = Literal["motion", "1", "2", "10", "max"]
"""Slow motion, a step a second in five stages; or so many steps to a frame, at 30 frames a second; or no limit."""
State = Literal["paused", "running", "diverged"]
ExportFile = Literal["script.py", "notebook.ipynb", "weights.safetensors", "metrics.csv", "settings.toml"]


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
    others: Others = []
    pretrained: PresetName | None = None


class Have(Message):
    """What a viewer has seen: nothing is sent twice."""

    sequence: Count
    run_version: Count
    history_version: Count
    history_rows: Count


class Look(Message):
    """What the person looks at, and so what is drawn beside the rest.

    at        a place in the task's own coordinates, [x, y] or [x]
    sample    a test example, by its index in the test split; it comes before `at`
    expert    the expert in focus, counted from 0
    plain     whether to draw what the plain network predicts too
    """

    at: Annotated[list[Number], Field(min_length=1, max_length=2)] | None = None
    sample: Count | None = None
    expert: Count | None = None
    plain: bool = False


class FrameRequest(Message):
    """Ask for one frame, answered when there is something newer than `have`, or as soon as another look than the last
    one is asked for. A second request replaces the first. `have` lists what is known of each member; empty: nothing."""

    type: Literal["frame"] = "frame"
    have: Annotated[list[Have], Field(max_length=MOST_MEMBERS)] = []
    resolution: Annotated[int, Field(ge=1, le=256)] = 64
    look: Look = Look()


class Command(Message):
    """What a person presses. Each command has its own fields, and no others:

    pace        `pace`
    back        `step`, one of those that were kept
    intervene   `name`, one of INTERVENTIONS; the `expert` (from 0) that it is done to, if any; whose, `member`
    """

    type: Literal["command"] = "command"
    command: Literal["play", "pause", "step", "rewind", "pace", "back", "intervene"]
    pace: Pace | None = None
    step: Count | None = None
    name: str | None = None
    expert: Count | None = None
    member: Count = 0

    @model_validator(mode="after")
    def _each_field_with_its_command(self) -> Self:
        for command, field in (("pace", self.pace), ("back", self.step), ("intervene", self.name)):
            if (self.command == command) != (field is not None):
                raise ValueError(f"the command {self.command} has other fields than these")
        if self.command != "intervene" and (self.expert is not None or self.member != 0):
            raise ValueError("expert and member are given with the command intervene, and with no other")
        if self.name is not None and self.name not in INTERVENTIONS:
            raise ValueError("there is no such intervention")
        return self


class Configure(Message):
    """Change settings. Live ones act on the running models; any other difference restarts all of them. A further
    member that differs in live ones alone begins as a copy of the first, at its present step."""

    type: Literal["configure"] = "configure"
    settings: Settings
    others: Others = []


class RestartKept(Message):
    """After `Lost`: go on from the last kept state, in a new worker."""

    type: Literal["restart_kept"] = "restart_kept"


class Present(Message):
    """The answer to `Who`: this page is alive and keeps its run."""

    type: Literal["present"] = "present"


class Ask(Message):
    """A question of a page's script about one member, on a connection of its own. evaluation: the metrics alone."""

    type: Literal["ask"] = "ask"
    query: Literal["evaluation", "rest"]
    member: Count = 0


class Answer(Message):
    """Metrics on the test split now and at step 0. A number that is not finite is given as null.

    At rest, also: how many test examples of each label each expert is given, now and at step 0, where the task has such
    labels; how much the score falls without each expert; how alike each two of them are; and the curves until now, a
    row for each look at the test split, with the load of every expert.
    """

    type: Literal["answer"] = "answer"
    step: int
    metrics: dict[str, float | None]
    untrained: dict[str, float | None]
    expert_class: list[list[float]] | None = None
    expert_cluster: list[list[float]] | None = None
    untrained_class: list[list[float]] | None = None
    untrained_cluster: list[list[float]] | None = None
    ablation: list[float | None] = []
    similarity: list[list[float | None]] = []
    columns: list[str] = []
    rows: list[list[float | None]] = []
    loads: list[list[float | None]] = []


class Export(Message):
    """Asks for one member as a file, on a connection of its own."""

    type: Literal["export"] = "export"
    file: ExportFile
    member: Count = 0


class Exported(Message):
    """The file."""

    model_config = ConfigDict(ser_json_bytes="base64", val_json_bytes="base64")

    type: Literal["exported"] = "exported"
    content: bytes


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
ToWorker = FrameRequest | Command | Configure | Ask | Export
Down = Problem | Lost | Waiting | Who

UP: TypeAdapter[Up] = TypeAdapter(Annotated[Up, Field(discriminator="type")])
TO_WORKER: TypeAdapter[ToWorker] = TypeAdapter(Annotated[ToWorker, Field(discriminator="type")])
ANSWER: TypeAdapter[Answer | Exported | Problem] = TypeAdapter(
    Annotated[Answer | Exported | Problem, Field(discriminator="type")]
)
