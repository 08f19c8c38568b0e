"""A run as its viewer steers it: one trainer or a lockstep group, and whether, how fast and since when it trains.

The members of a group share one transport: each step is a step of all, on equal batches, and what differs between them
is what was changed. There are no sockets here. Time comes in as an argument.
"""

import math
import time
from collections.abc import Sequence
from typing import Any

from moe_core.config import ConfigError, Problem, RunConfig
from moe_core.divergence import Diverged
from moe_core.trainer import StepRecord, Trainer
from server.lockstep import Lockstep, Refused
from server.protocol import Command, Pace, State
from server.slow_motion import NUM_STAGES, SlowStep

STEPS_PER_SECOND: dict[Pace, float] = {"motion": 1.0, "1": 30.0, "2": 60.0, "10": 300.0, "max": math.inf}

MOST_LATE = 0.1
"""Seconds of missed steps that are caught up with. More would come as a burst after a slow moment of the machine."""

METER_SECONDS = 0.5
"""The span over which steps per second are counted."""


class LiveRun(Lockstep):
    """Its members, their transport and its versions. Every visible change makes `sequence` grow."""

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
        self._counted_since = 0.0
        self._counted = 0
        self.shown_at_once = self.sequence
        """The sequence of the last change made by a person or by a change of state: not held back to the frame rate."""

    def obey(self, command: Command, now: float) -> None:
        """One press of a button. Raises Refused, in a sentence, for what cannot be done now: then nothing changes.

        In slow motion the step under way is finished first. Where the run stops at it, play and step end there too.
        """
        stopped = self._finish_slow_step()
        self._check(command)
        if self.state != "diverged":
            self.message = stopped
        match command.command:
            case "play" if not stopped:
                self._play(now)
            case "pause":
                self.pause()
            case "step" if not stopped:
                self.pause()
                self.advance(now)
            case "rewind":
                self._begin_again()
                self.pause()
            case "pace":
                self.pace = command.pace or self.pace
                if self.state == "running":
                    self._play(now)
            case "back":
                self._go_back(command.step or 0)
        self._show_at_once()

    def configure(self, settings: dict[str, Any], others: Sequence[dict[str, Any]], now: float) -> str | None:
        """Apply what is valid: live fields to the running models, and any other by restarting all of them.

        `others` says of each further member in which settings it differs. Returns what was refused, in a sentence: a
        live field that one member cannot have is changed in none. Raises Refused when the run cannot be restarted
        at all, its table is gone, say: then it goes on as it was.
        """
        self._finish_slow_step()
        try:
            problems = self._take(settings, others, now)
        except ValueError as error:
            raise Refused(str(error)) from error
        return str(ConfigError(problems)) if problems else None

    def pause(self, message: str | None = None) -> None:
        """Stop training until told otherwise."""
        self._finish_slow_step()
        if self.state == "running":
            self.state = "paused"
            self.message = message
            self._show_at_once()
        self.due_at = math.inf
        self.steps_per_second = 0.0

    def advance(self, now: float) -> None:
        """One training step of every member, in slow motion one stage of it, and when the next is due.

        One that diverges stops all.
        """
        in_motion = self.pace == "motion" and self.state == "running"
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
        self.due_at = max(self.due_at + step_interval / (NUM_STAGES if in_motion else 1), now - MOST_LATE)
        if self.slow_step is None or self.slow_step.is_done:
            self._come_to_step(now)

    def warn(self, message: str) -> None:
        """Show a sentence to the viewer. Training goes on."""
        self.message = message
        self._show_at_once()

    def _come_to_step(self, now: float) -> None:
        """A whole step was done."""
        if self.slow_step is not None:
            self.last_records = self.slow_step.records
        if self.stopped:
            self.pause(self.stopped)
        if self.state == "running":
            self._count(now)
        else:
            self.due_at = math.inf

    def _finish_slow_step(self) -> str | None:
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
        self._show_at_once()
        if self.stopped:
            self.pause(self.stopped)
        return self.stopped

    def _diverge(self) -> None:
        self.slow_step = None
        self.pause()
        self.state = "diverged"
        self.message = self.divergence
        self._show_at_once()

    def _play(self, now: float) -> None:
        self.state = "running"
        self.message = None
        self.due_at = now
        self._counted_since, self._counted = now, 0

    def _count(self, now: float) -> None:
        self._counted += 1
        elapsed = now - self._counted_since
        if elapsed >= METER_SECONDS:
            self.steps_per_second = self._counted / elapsed
            self._counted_since, self._counted = now, 0

    def _go_back(self, step: int) -> None:
        """Pause, and go to a kept step, earlier or later."""
        self.pause()
        if not self.is_at(step):
            for member in self.members:
                member.go_back(step)
            self._come_to_rest()

    def _take(self, settings: dict[str, Any], others: Sequence[dict[str, Any]], now: float) -> tuple[Problem, ...]:
        """Become what was asked for. Returns what was refused."""
        configs, problems = self.asked(settings, others)
        try:
            return problems + self._become(configs, now)
        except ConfigError as error:  # A device that this machine does not have, say: the other settings are good.
            refused = {problem.field for problem in error.problems}
            configs, _ = self.asked(_without(settings, refused), [_without(other, refused) for other in others])
            return problems + error.problems + self._become(configs, now)

    def _become(self, configs: list[RunConfig], now: float) -> tuple[Problem, ...]:
        """Go on under these configurations: at once where only live fields differ, else from step 0.

        So a copy begins at the present step, with all that the run has learned, where it may differ while it trains.

        Returns what was refused of live fields. Raises ValueError when it cannot restart: then nothing changed.
        """
        if not self.goes_on_as(configs):
            self._restart(configs, now)
            return ()
        if not self._have_members(configs) and configs == [member.config for member in self.members]:
            return ()
        problems = self.retune(configs)
        self._show_at_once()
        return problems

    def _have_members(self, configs: list[RunConfig]) -> bool:
        """A run that goes on is joined by copies of it, or left by them. Returns whether others are there now."""
        measured = dict(zip(self.members, self.last_records, strict=True))
        if not self.resize(configs):
            return False
        self.last_records = [measured.get(member, measured[self.trainer]) for member in self.members]
        self.run_version += 1
        if self.state == "diverged":
            self.state = "diverged" if self.divergence else "paused"
            self.message = self.divergence
        return True

    def _restart(self, configs: list[RunConfig], now: float) -> None:
        playing = self.state == "running"
        self.build(configs)
        self._begin_again()
        if playing:
            self._play(now)
        else:
            self.pause()
        self._show_at_once()

    def _begin_again(self) -> None:
        """Step 0: what a viewer kept is of another life."""
        self.run_version += 1
        self._come_to_rest()

    def _come_to_rest(self) -> None:
        """At a step that no batch of this moment led to."""
        self.last_records = [None] * len(self.members)
        self.message = None
        if self.state == "diverged":
            self.state = "paused"

    def _check(self, command: Command) -> None:
        """Raises Refused for what cannot be done now. An intervention and a rewind are done here: only that tells."""
        if self.state == "diverged" and command.command in ("play", "step", "intervene"):
            raise Refused(f"{self.message} Rewind to train again.")
        if command.step is not None and not self.is_at(command.step):
            self.check_kept(command.step)
        if command.name is not None:
            self.intervene(command.member, command.name, command.expert)
        if command.command == "rewind":
            self.rewind()

    def _show_at_once(self) -> None:
        self.sequence += 1
        self.shown_at_once = self.sequence


def _without(settings: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in names}
