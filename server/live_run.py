"""A run as its viewer steers it: what a person presses, and what the settings of a page change.

There are no sockets here. Time comes in as an argument.
"""

from collections.abc import Sequence
from typing import Any

from moe_core.config import ConfigError, Problem, RunConfig
from server.lockstep import Refused
from server.protocol import Command
from server.transport import Transport


class LiveRun(Transport):
    """One trainer or a lockstep group with its transport, told what to do."""

    def obey(self, command: Command, now: float) -> None:
        """One press of a button. Raises Refused, in a sentence, for what cannot be done now: then nothing changes.

        In slow motion play goes on from the present stage, and step does one stage and holds there. For all else the
        step under way is finished first.
        """
        by_stage = self.pace == "motion" and command.command in ("play", "step")
        stopped = None if by_stage else self.finish_slow_step()
        self._check(command)
        if self.state != "diverged":
            self.message = stopped
        match command.command:
            case "play":
                self.until = command.until
                self.play(now)
            case "pause":
                self.pause()
            case "step":
                self.hold()
                self.advance(now)
            case "rewind":
                self._begin_again()
                self.pause()
            case "pace":
                self.pace = command.pace or self.pace
                if self.state == "running":
                    self.play(now)
            case "back":
                self._go_back(command.step or 0)
        self.show_at_once()

    def configure(self, settings: dict[str, Any], others: Sequence[dict[str, Any]], now: float) -> str | None:
        """Apply what is valid: live fields to the running models, and any other by restarting all of them.

        `others` says of each further member in which settings it differs. Returns what was refused, in a sentence: a
        live field that one member cannot have is changed in none. Raises Refused when the run cannot be restarted
        at all, its table is gone, say: then it goes on as it was.
        """
        self.finish_slow_step()
        try:
            problems = self._take(settings, others, now)
        except ValueError as error:
            raise Refused(str(error)) from error
        return str(ConfigError(problems)) if problems else None

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
        self.until = None
        problems = self.retune(configs)
        self.show_at_once()
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
        self.until = None
        self.build(configs)
        self._begin_again()
        if playing:
            self.play(now)
        else:
            self.pause()
        self.show_at_once()

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
            self.until = None
        if command.command == "rewind":
            self.rewind()


def _without(settings: dict[str, Any], names: set[str]) -> dict[str, Any]:
    return {name: value for name, value in settings.items() if name not in names}
