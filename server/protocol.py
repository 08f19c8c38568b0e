"""What browser, route and worker say to each other about one run. What a page's script asks is in question.py.

Up to the route, as JSON text on the WebSocket: attach first, then anything of `Up`. The route passes `ToWorker` on,
over the worker's socket, where each message has its length in front: 4 bytes, big-endian, as in
multiprocessing.connection. Down come frames (binary, see frames.py) and, as JSON text, anything of `Down`.
"""

from typing import Annotated, Literal, Self

from pydantic import Field, TypeAdapter, model_validator

from moe_core.config.command import INTERVENTIONS
from server.message import MOST_MEMBERS, Count, Message, Number, Others, PresetName, Problem, Settings
from server.question import Ask, Export

CLOSE_MALFORMED = 4400
CLOSE_FOREIGN = 4403
"""Used before the socket is accepted, so that a browser sees HTTP 403."""
CLOSE_IN_USE = 4409
CLOSE_REPLACED = 1000
"""The same page opened a newer socket for the same run; nobody listens to the older one."""
CLOSE_TOO_BIG = 1009

Pace = Literal["motion", "1", "2", "10", "max"]
"""Slow motion, a step a second in five stages; or so many steps to a frame, at 30 frames a second; or no limit."""
State = Literal["paused", "running", "diverged"]


class Attach(Message):
    """The first message of a socket. `view` names the page load, so that a page can take over from itself."""

    type: Literal["attach"] = "attach"
    view: Annotated[str, Field(pattern="^[0-9a-f-]{36}$")]
    settings: Settings
    others: Others = Field(default_factory=list)
    pretrained: PresetName | None = None


class Have(Message):
    """What a viewer has seen: nothing is sent twice."""

    sequence: Count
    run_version: Count
    history_version: Count
    history_rows: Count


Offset = Annotated[float, Field(allow_inf_nan=False, ge=-100.0, le=100.0)]
"""What a person adds to a logit: more than 100 would say nothing more, since a softmax is long sure by then."""


Target = Annotated[float, Field(allow_inf_nan=False, ge=-1e9, le=1e9)]
"""A class, or a value whose square a float32 still holds."""


class Look(Message):
    """What the person looks at, and so what is drawn beside the rest.

    at        a place in the task's own coordinates, [x, y] or [x]
    sample    a test example, by its index in the test split; it comes before `at`
    expert    the expert in focus, counted from 0
    plain     whether to draw what the plain network predicts too
    pulls     whether to measure how the task's loss and the balance loss pull at the router
    inside    the expert whose hidden units are shown, counted from 0
    stages    whether what is pointed at is followed through every stage, to its loss and its gradients
    measures  whether to measure every metric, now and at step 0
    then      a step at which they are measured as well

    logit_offsets  a number for each expert, added to its logit for this look only
    draw           the seed of the noise, which is then as in training; without it there is none
    target         what the answer is held against in the last stages: a class by its number, or a value
    """

    at: Annotated[list[Number], Field(min_length=1, max_length=2)] | None = None
    sample: Count | None = None
    expert: Count | None = None
    plain: bool = False
    pulls: bool = False
    inside: Count | None = None
    stages: bool = False
    logit_offsets: Annotated[list[Offset], Field(min_length=1, max_length=256)] | None = None
    draw: Count | None = None
    target: Target | None = None
    measures: bool = False
    then: Count | None = None


class FrameRequest(Message):
    """Ask for one frame, answered when there is something newer than `have`, or as soon as another look than the last
    one is asked for. A second request replaces the first. `have` lists what is known of each member; empty: nothing."""

    type: Literal["frame"] = "frame"
    have: list[Have] = Field(default_factory=list, max_length=MOST_MEMBERS)
    resolution: Annotated[int, Field(ge=1, le=256)] = 64
    look: Look = Look()


class Command(Message):
    """What a person presses. Each command has its own fields, and no others:

    play        `until`, the step at which it is to pause, if any
    pace        `pace`
    back        `step`, one of those that were kept
    intervene   `name`, one of INTERVENTIONS; the `expert` (from 0) that it is done to, if any; whose, `member`
    """

    type: Literal["command"] = "command"
    command: Literal["play", "pause", "step", "rewind", "pace", "back", "intervene"]
    pace: Pace | None = None
    step: Count | None = None
    until: Count | None = None
    name: str | None = None
    expert: Count | None = None
    member: Count = 0

    @model_validator(mode="after")
    def _each_field_with_its_command(self) -> Self:
        for command, field in (("pace", self.pace), ("back", self.step), ("intervene", self.name)):
            if (self.command == command) != (field is not None):
                raise ValueError(f"the command {self.command} has other fields than these")
        if self.command != "play" and self.until is not None:
            raise ValueError("until is given with the command play, and with no other")
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
    others: Others = Field(default_factory=list)


class RestartKept(Message):
    """After `Lost`: go on from the last kept state, in a new worker."""

    type: Literal["restart_kept"] = "restart_kept"


class Present(Message):
    """The answer to `Who`: this page is alive, hidden or not, and keeps its run. The worker is told too."""

    type: Literal["present"] = "present"


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
    """Is this page still there? Asked every second, and when another page wants this run. A page that is no longer
    asked knows that the connection is lost: the route asks, whatever the worker is busy with."""

    type: Literal["who"] = "who"


Up = Attach | FrameRequest | Command | Configure | RestartKept | Present
ToWorker = FrameRequest | Command | Configure | Present | Ask | Export
Down = Problem | Lost | Waiting | Who

UP: TypeAdapter[Up] = TypeAdapter(Annotated[Up, Field(discriminator="type")])
TO_WORKER: TypeAdapter[ToWorker] = TypeAdapter(Annotated[ToWorker, Field(discriminator="type")])
