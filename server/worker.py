"""The process of one run: it trains, answers what is asked, and keeps its state on the disk.

One thread and one selector. Between two training steps it looks at its connections, so a command waits for one step
at most. It renders only what was asked for, and ends when its host tells it to or is gone.
"""

import contextlib
import math
import selectors
import socket
import time

from pydantic import ValidationError
from safetensors import SafetensorError

from server import limits
from server.answers import exported, rest_of
from server.channel import Channel
from server.control import End, Report, Start
from server.first_state import first_state
from server.keeping import Keeping
from server.live_run import LiveRun
from server.lockstep import Refused
from server.message import Problem
from server.place import Place
from server.protocol import TO_WORKER, Command, Configure, FrameRequest, Present
from server.question import Answer, Ask, Export, Exported
from server.rendering import Renderer
from server.viewer import Viewer

UNANSWERED = (ValueError, RuntimeError, OSError, SafetensorError)
"""What measuring a run or writing it to a file may end in. A question never ends the run that it is about."""


class Worker:
    """Serves one run on `listener`. `lifeline` leads to the host."""

    def __init__(self, start: Start, place: Place, listener: socket.socket, lifeline: socket.socket) -> None:
        now = time.monotonic()
        members, message = first_state(start, place)
        self.run = LiveRun(*members, message=message)
        self.renderer = Renderer(now)
        self.viewers: dict[Channel, Viewer] = {}
        self.ending = False
        self.keeping = Keeping(self.run, start.run, place)
        self._asked_at = self._present_at = now
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
            self._pause_unwatched()  # Before a step: what was said during a long one has just been heard.
            if time.monotonic() >= self.run.due_at and not self.ending:
                self.run.advance(time.monotonic())
            self._answer_requests()
            if self.keeping.due <= time.monotonic():
                self.keeping.keep()
            self._tell_host()

    def _patience(self, now: float) -> float | None:
        """Seconds until something is due by itself. None: nothing, until somebody speaks."""
        due = [self.run.due_at, self.keeping.due, *(viewer.due(self.run) for viewer in self.viewers.values())]
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
            self._present_at = now
            if isinstance(spoken, Present):
                return
            self._asked_at = now
            match spoken:
                case FrameRequest():
                    viewer.request = spoken
                    problem = viewer.problem_with(spoken.look, self.run)
                    if problem:
                        channel.send(Problem(message=problem).encode())
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

    def _forget(self, channel: Channel) -> None:
        self.viewers.pop(channel, None)

    def _hear_host(self, _channel: Channel, message: bytes) -> None:
        End.model_validate_json(message)
        self.keeping.keep()
        self.ending = True

    def _lose_host(self, _channel: Channel) -> None:
        """The host died. Nothing is kept: a new host may have started this run again already."""
        self.ending = True

    # What goes out

    def _answer_requests(self) -> None:
        for viewer in self.viewers.values():
            now, request = time.monotonic(), viewer.request
            if request is not None and viewer.due(self.run) <= now:
                viewer.show(self.renderer.frame(self.run, request), self.run, now)

    def _answer(self, question: Ask | Export) -> Answer | Exported | Problem:
        trainer = self.run.member(question.member)
        asked = "The answer" if isinstance(question, Ask) else question.file
        try:
            if isinstance(question, Export):
                return Exported(content=exported(trainer, question.file))
            return rest_of(trainer)
        except UNANSWERED as error:
            return Problem(message=f"{asked} was not made: {error}")

    def _tell_host(self) -> None:
        report = Report(viewers=len(self.viewers), kept_step=self.keeping.step)
        if report != self._report and not self.ending:
            self._report = report
            self.lifeline.send(report.encode())

    # What it does by itself

    def _pause_unwatched(self) -> None:
        if self.run.state != "running":
            return
        now = time.monotonic()
        if now - self._present_at > limits.ABSENT_PAUSE:
            self.run.pause(
                f"The run paused, because no page was connected to it for {limits.ABSENT_PAUSE:.0f} seconds."
            )
        elif now - self._asked_at > limits.UNWATCHED_PAUSE:
            self.run.pause("The run paused, because nobody watched it for a while.")
