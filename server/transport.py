"""The transport of a run: whether it trains, how fast and since when, in whole steps or in slow motion.

The members of a group share it: each step is a step of all, on equal batches, and what differs between them is what
was changed. Time comes in as an argument.
"""

import math
import time
from collections.abc import Sequence

from moe_core.divergence import Diverged
from moe_core.trainer import Trainer
from moe_core.training_step import StepRecord
from server.lockstep import Lockstep
from server.protocol import Pace, State
from server.slow_motion import NUM_STAGES, SlowStep

STEPS_PER_SECOND: dict[Pace, float] = {"motion": 1.0, "1": 30.0, "2": 60.0, "10": 300.0, "max": math.inf}

MOST_LATE = 0.1
"""Seconds of missed steps that are caught up with. More would come as a burst after a slow moment of the machine."""

METER_SECONDS = 0.5
"""The span over which steps per second are counted."""


class Transport(Lockstep):
    """Its members, their state and their pace. Every visible change makes `sequence` grow."""

    def __init__(self, *members: Trainer, message: str | None = None) -> None:
        super().__init__(members)
        self.state: State = "diverged" if self.divergence else "paused"
        self.pace: Pace = "2"
        self.message = message or self.divergence
        self.sequence = 1
        # Versions of different workers never agree, so that what a viewer kept of a lost one is forgotten.
        self.run_version = time.time_ns() // 1_000_000
        self.last_records: Sequence[StepRecord | None] = [None] * len(members)
        self.slow_step: SlowStep | None = None
        """What slow motion shows: the step under way, or the one just done."""
        self.steps_per_second = 0.0
        self.due_at = math.inf
        self.until: int | None = None
        """The step at which the run pauses, which who played it named; none after a change: that was of another run."""
        self._counted_since = 0.0
        self._counted = 0
        self.shown_at_once = self.sequence
        """The sequence of the last change made by a person or by a change of state: not held back to the frame rate."""

    @property
    def stopped(self) -> str | None:
        """Why the run should stop at this very step, if it should: for a member's reason, or as who played it said."""
        until = f"Paused at step {self.step:,}. Press play to go on." if self.step == self.until else None
        return super().stopped or until

    def play(self, now: float) -> None:
        """Train from now on."""
        self.state = "running"
        self.message = None
        self.due_at = now
        self._counted_since, self._counted = now, 0

    def pause(self, message: str | None = None) -> None:
        """Stop training until told otherwise, at a whole step."""
        self.finish_slow_step()
        self.hold(message)

    def hold(self, message: str | None = None) -> None:
        """Stop training until told otherwise. In slow motion a step under way stays at its present stage."""
        if self.state == "running":
            self.state = "paused"
            self.message = message
            self.show_at_once()
        self.due_at = math.inf
        self.steps_per_second = 0.0

    def advance(self, now: float) -> None:
        """One training step of every member, in slow motion one stage of it, and when the next is due.

        One that diverges stops all.
        """
        in_motion = self.pace == "motion"
        try:
            if not in_motion:
                self.last_records = [member.step() for member in self.members]
            elif self.slow_step is None or self.slow_step.is_done:
                self.slow_step = SlowStep(self.members)
                self.slow_step.advance()
            else:
                self.slow_step.advance()
        except Diverged:
            self._diverge()
            return
        self.sequence += 1
        step_interval = 1 / STEPS_PER_SECOND[self.pace]
        due_next = max(self.due_at + step_interval / (NUM_STAGES if in_motion else 1), now - MOST_LATE)
        if self.slow_step is None or self.slow_step.is_done:
            self._come_to_step(now)
        self.due_at = due_next if self.state == "running" else math.inf

    def warn(self, message: str) -> None:
        """Show a sentence to the viewer. Training goes on."""
        self.message = message
        self.show_at_once()

    def show_at_once(self) -> None:
        """Something changed that a viewer is shown without waiting for his next frame's turn."""
        self.sequence += 1
        self.shown_at_once = self.sequence

    def finish_slow_step(self) -> str | None:
        """Whatever else is to happen to the run happens between two whole steps. Returns why it stopped at this one."""
        step, self.slow_step = self.slow_step, None
        if step is None or step.is_done:
            return None
        try:
            step.finish()
        except Diverged:
            self._diverge()
            return None
        self.last_records = step.records
        self.show_at_once()
        if self.stopped:
            self.pause(self.stopped)
        return self.stopped

    def _come_to_step(self, now: float) -> None:
        """A whole step was done."""
        if self.slow_step is not None:
            self.last_records = self.slow_step.records
        if self.stopped:
            self.hold()
            self.message = self.stopped
        if self.state == "running":
            self._count(now)

    def _count(self, now: float) -> None:
        self._counted += 1
        elapsed = now - self._counted_since
        if elapsed >= METER_SECONDS:
            self.steps_per_second = self._counted / elapsed
            self._counted_since, self._counted = now, 0

    def _diverge(self) -> None:
        self.slow_step = None
        self.pause()
        self.state = "diverged"
        self.message = self.divergence
        self.show_at_once()
