"""The process of one run: it trains, answers what is asked, and keeps its state on the disk.

One thread and one selector. Between two training steps it looks at its connections, so a command waits for one step
at most. It renders only what was asked for, and ends when its host tells it to or is gone.
"""

import contextlib
import math
import selectors
import socket
import time
from dataclasses import dataclass

from pydantic import ValidationError
from safetensors import SafetensorError

from moe_core import checkpoint
from server import limits
from server.answers import evaluation_of, exported, rest_of
from server.channel import Channel
from server.control import End, Report, Start
from server.first_state import first_state
from server.live_run import LiveRun
from server.lockstep import Refused
from server.place import Place
from server.pointing import problem_of
from server.protocol import TO_WORKER, Answer, Ask, Command, Configure, Export, Exported, FrameRequest, Look, Problem
from server.rendering import Renderer

FRAME_INTERVAL = 1 / limits.FRAMES_PER_SECOND

UNANSWERED = (ValueError, RuntimeError, OSError, SafetensorError)
"""What measuring a run or writing it to a file may end in. A question never ends the run that it is about."""


@dataclass
class Viewer:
    """A connection that has asked for more than an answer: somebody looks at the run."""

    channel: Channel
    request: FrameRequest | None = None
    checked_look: Look | None = None
    last_look: Look | None = None
    last_frame: float = -math.inf
    last_sequence: int = 0


class Worker:
    """Serves one run on `listener`. `lifeline` leads to the host."""

    def __init__(self, start: Start, place: Place, listener: socket.socket, lifeline: socket.socket) -> None:
        now = time.monotonic()
        self.place = place
        self.run_id = start.run
        members, message = first_state(start, place)
        self.run = LiveRun(*members, message=message)
        self.renderer = Renderer(now)
        self.viewers: dict[Channel, Viewer] = {}
        self.ending = False
        self.kept_step = place.kept_step(start.run)
        self._kept_mark = self._mark()
        self._kept_at = now
        self._asked_at = now
        self._report: Report | None = None
        self.listener = listener
        self.selector = selectors.DefaultSelector()
        listener.setblocking(False)
        self.selector.register(listener, selectors.EVENT_READ, self._accept)
        self.lifeline = Channel(lifeline, self.selector, self._hear_host, self._lose_host)

    def serve(self) -> None:
        """Train and answer until the end."""
        while not self.ending:
            for key, events in self.selector.select(self._patience(time.monotonic())):
                key.data(events)
            if time.monotonic() >= self.run.due_at and not self.ending:
                self.run.advance(time.monotonic())
            self._answer_requests()
            self._pause_unwatched()
            self._keep()
            self._tell_host()

    def _patience(self, now: float) -> float | None:
        """Seconds until something is due by itself. None: nothing, until somebody speaks."""
        due = [self.run.due_at, *(self._frame_due(viewer) for viewer in self.viewers.values())]
        if self._mark() != self._kept_mark:
            due.append(self._keep_due())
        soonest = min(due)
        return None if soonest == math.inf else max(0.0, soonest - now)

    # What comes in

    def _accept(self, _events: int) -> None:
        with contextlib.suppress(BlockingIOError):  # The caller may have hung up already.
            connection, _ = self.listener.accept()
            Channel(connection, self.selector, self._hear, self._forget)

    def _hear(self, channel: Channel, message: bytes) -> None:
        now = time.monotonic()
        try:
            spoken = TO_WORKER.validate_json(message)
            if isinstance(spoken, Ask | Export):
                channel.send(self._answer(spoken).encode())
                return
            viewer = self.viewers.setdefault(channel, Viewer(channel))
            self._asked_at = now
            match spoken:
                case FrameRequest():
                    viewer.request = spoken
                    self._check_look(viewer, spoken.look)
                case Command():
                    self.run.obey(spoken, now)
                case Configure():
                    refused = self.run.configure(spoken.settings, spoken.others, now)
                    if refused:
                        channel.send(Problem(message=refused).encode())
        except Refused as error:
            channel.send(Problem(message=str(error)).encode())
        except ValidationError:
            channel.send(Problem(message="The run does not understand this message.").encode())

    def _check_look(self, viewer: Viewer, look: Look) -> None:
        """Say once what is wrong with a look. The frame is drawn without it."""
        problem = None if look == viewer.checked_look else problem_of(look, self.run.trainer)
        viewer.checked_look = look
        if problem:
            viewer.channel.send(Problem(message=problem).encode())

    def _forget(self, channel: Channel) -> None:
        self.viewers.pop(channel, None)

    def _hear_host(self, _channel: Channel, message: bytes) -> None:
        End.model_validate_json(message)
        self._save()
        self.ending = True

    def _lose_host(self, _channel: Channel) -> None:
        """The host died. Nothing is kept: a new host may have started this run again already."""
        self.ending = True

    # What goes out

    def _frame_due(self, viewer: Viewer) -> float:
        """When this viewer's request is to be answered: in the past for at once, infinity for not yet."""
        request = viewer.request
        if request is None or viewer.channel.backlog:
            return math.inf
        have = request.have[0] if request.have else None
        is_new = have is None or (have.run_version, have.sequence) != (self.run.run_version, self.run.sequence)
        if not is_new and request.look == viewer.last_look:
            return math.inf
        if viewer.last_sequence < self.run.shown_at_once:
            return -math.inf
        return viewer.last_frame + FRAME_INTERVAL

    def _answer_requests(self) -> None:
        for viewer in self.viewers.values():
            now, request = time.monotonic(), viewer.request
            if request is not None and self._frame_due(viewer) <= now:
                frame = self.renderer.frame(self.run, request)
                viewer.request, viewer.last_look = None, request.look
                viewer.last_frame, viewer.last_sequence = now, self.run.sequence
                viewer.channel.send(frame)

    def _answer(self, question: Ask | Export) -> Answer | Exported | Problem:
        trainer = self.run.member(question.member)
        asked = "The answer" if isinstance(question, Ask) else question.file
        try:
            if isinstance(question, Export):
                return Exported(content=exported(trainer, question.file))
            return rest_of(trainer) if question.query == "rest" else evaluation_of(trainer)
        except UNANSWERED as error:
            return Problem(message=f"{asked} was not made: {error}")

    def _tell_host(self) -> None:
        report = Report(viewers=len(self.viewers), kept_step=self.kept_step)
        if report != self._report and not self.ending:
            self._report = report
            self.lifeline.send(report.encode())

    # What it does by itself

    def _pause_unwatched(self) -> None:
        if self.run.state == "running" and time.monotonic() - self._asked_at > limits.UNWATCHED_PAUSE:
            self.run.pause("The run paused, because nobody watched it for a while.")

    def _mark(self) -> tuple[int, ...]:
        """Changes when there is something to keep."""
        counts = [(member.step_count, len(member.log)) for member in self.run.members]
        return self.run.run_version, *(count for pair in counts for count in pair)

    def _keep_due(self) -> float:
        return self._kept_at + limits.KEEP_EVERY if self.run.state == "running" else -math.inf

    def _keep(self) -> None:
        if self._mark() != self._kept_mark and self._keep_due() <= time.monotonic():
            self._save()

    def _save(self) -> None:
        if self._mark() == self._kept_mark:
            return
        self._kept_mark = self._mark()
        self._kept_at = time.monotonic()
        if not self.run.in_step:
            return  # One member diverged, and others had stepped: the last state that they share stays.
        try:
            for number, member in enumerate(self.run.members):
                checkpoint.save(member, self.place.kept(self.run_id, number))
            self.place.forget(self.run_id, first_member=len(self.run.members))
        except (OSError, SafetensorError) as error:
            self.run.warn(f"The state of this run could not be kept: {error}.")
        else:
            self.kept_step = self.run.step
