"""A run as its viewer steers it: a trainer, and whether, how fast and since which change it trains.

There are no sockets here. Time comes in as an argument.
"""

import math
import time
from typing import Any

from moe_core.config import LIVE_FIELDS, ConfigError, RunConfig
from moe_core.divergence import Diverged
from moe_core.trainer import StepRecord, Trainer
from server.protocol import Command, Pace, State

STEPS_PER_SECOND: dict[Pace, float] = {"slow": 10.0, "teach": 60.0, "max": math.inf}

MOST_LATE = 0.1
"""Seconds of missed steps that are caught up with. More would come as a burst after a slow moment of the machine."""

METER_SECONDS = 0.5
"""The span over which steps per second are counted."""


class LiveRun:
    """A trainer, its transport and its versions. Every visible change makes `sequence` grow."""

    def __init__(self, trainer: Trainer, message: str | None = None) -> None:
        self.trainer = trainer
        self.state: State = "diverged" if trainer.divergence else "paused"
        self.pace: Pace = "teach"
        self.message = message or trainer.divergence
        self.sequence = 1
        # Versions of different workers never agree, so that what a viewer kept of a lost one is forgotten.
        self.run_version = time.time_ns() // 1_000_000
        self.last_record: StepRecord | None = None
        self.steps_per_second = 0.0
        self.due_at = math.inf
        self._counted_since = 0.0
        self._counted = 0
        self.shown_at_once = self.sequence
        """The sequence of the last change made by a person or by a change of state: not held back to the frame rate."""

    def obey(self, command: Command, now: float) -> None:
        """One press of the transport. Raises Refused, in a sentence, for what cannot be done now."""
        if self.state != "diverged":
            self.message = None
        match command.command:
            case "play":
                self._refuse_diverged()
                self._play(now)
            case "pause":
                self.pause()
            case "step":
                self._refuse_diverged()
                self.pause()
                self.advance(now)
            case "rewind":
                self.trainer.rewind()
                self._begin_again()
                self.pause()
            case "pace":
                self.pace = command.pace or self.pace
                if self.state == "running":
                    self._play(now)
        self._show_at_once()

    def configure(self, settings: dict[str, Any], now: float) -> str | None:
        """Apply what is valid: live fields to the running model, and any other by restarting. Says what was refused."""
        config, problems = self.trainer.config.merge(settings)
        try:
            self._become(config, now)
        except ConfigError as error:  # A device that this machine does not have: the other settings are good.
            refused = {problem.field for problem in error.problems}
            problems += error.problems
            config, _ = self.trainer.config.merge({name: settings[name] for name in settings if name not in refused})
            self._become(config, now)
        return str(ConfigError(problems)) if problems else None

    def pause(self, message: str | None = None) -> None:
        """Stop training until told otherwise."""
        if self.state == "running":
            self.state = "paused"
            self.message = message
            self._show_at_once()
        self.due_at = math.inf
        self.steps_per_second = 0.0

    def advance(self, now: float) -> None:
        """One training step, and when the next is due."""
        try:
            self.last_record = self.trainer.step()
        except Diverged as error:
            self.pause()
            self.state = "diverged"
            self.message = str(error)
            self._show_at_once()
            return
        self.sequence += 1
        if self.trainer.stopped:
            self.pause(self.trainer.stopped)
        if self.state == "running":
            self.due_at = max(self.due_at + 1 / STEPS_PER_SECOND[self.pace], now - MOST_LATE)
            self._count(now)

    def warn(self, message: str) -> None:
        """Show a sentence to the viewer. Training goes on."""
        self.message = message
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

    def _become(self, config: RunConfig, now: float) -> None:
        """Go on under this configuration: at once where only live fields differ, else from step 0."""
        changed = self.trainer.config.differences(config)
        if changed and LIVE_FIELDS.issuperset(changed):
            for field in changed:
                self.trainer.do(field, config.settings()[field])
        elif changed:
            self._restart(config, now)
        if changed:
            self._show_at_once()

    def _restart(self, config: RunConfig, now: float) -> None:
        playing = self.state == "running"
        self.trainer = Trainer(config)
        self._begin_again()
        if playing:
            self._play(now)
        else:
            self.pause()

    def _begin_again(self) -> None:
        """Step 0: what a viewer kept is of another life."""
        self.run_version += 1
        self.last_record = None
        self.message = None
        if self.state == "diverged":
            self.state = "paused"

    def _refuse_diverged(self) -> None:
        if self.state == "diverged":
            raise Refused(f"{self.message} Rewind to train again.")

    def _show_at_once(self) -> None:
        self.sequence += 1
        self.shown_at_once = self.sequence


class Refused(Exception):
    """A command that cannot be obeyed now. Says why."""
