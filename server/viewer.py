"""Somebody who looks at a run: what he asked to see, what he was last shown, and when the next frame is due."""

import math
from dataclasses import dataclass

from server import limits
from server.channel import Channel
from server.live_run import LiveRun
from server.pointing import problem_of
from server.protocol import FrameRequest, Look

FRAME_INTERVAL = 1 / limits.FRAMES_PER_SECOND


@dataclass
class Viewer:
    """A connection of a worker that has asked for more than an answer."""

    channel: Channel
    request: FrameRequest | None = None
    checked_look: Look | None = None
    last_look: Look | None = None
    last_frame: float = -math.inf
    last_sequence: int = 0

    def problem_with(self, look: Look, run: LiveRun) -> str | None:
        """What is wrong with a look, said once. The frame is drawn without it."""
        problem = None if look == self.checked_look else problem_of(look, run.trainer)
        self.checked_look = look
        return problem

    def due(self, run: LiveRun) -> float:
        """When the request is to be answered: in the past for at once, infinity for not yet."""
        request = self.request
        if request is None or self.channel.backlog:
            return math.inf
        have = request.have[0] if request.have else None
        is_new = have is None or (have.run_version, have.sequence) != (run.run_version, run.sequence)
        if not is_new and request.look == self.last_look:
            return math.inf
        if self.last_sequence < run.shown_at_once:
            return -math.inf
        return self.last_frame + FRAME_INTERVAL

    def show(self, frame: bytes, run: LiveRun, now: float) -> None:
        """Answer the request."""
        assert self.request is not None
        self.last_look, self.request = self.request.look, None
        self.last_frame, self.last_sequence = now, run.sequence
        self.channel.send(frame)
