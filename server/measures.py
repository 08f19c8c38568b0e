"""The metrics of a member as a frame has them: now, before training, and at one step that is asked about."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from moe_core.trainer import Trainer
from server.frame_header import finite
from server.live_run import LiveRun
from server.seldom import Seldom

Numbers = dict[str, float | None]


@dataclass(frozen=True)
class Asked:
    """What was measured at a step of one life of a run; numbers is None where no state of that step is kept."""

    run_version: int
    step: int
    numbers: Numbers | None


class Measures:
    """Measures `trainer` for a viewer who wants every metric. share: of the time of the run, while it trains."""

    def __init__(self, trainer: Trainer, share: float) -> None:
        self._trainer = trainer
        self._now = Seldom(partial(measured, trainer), share=share, seconds=0.1)
        self._asked: Asked | None = None

    def of(self, run: LiveRun, now: float, step: int | None) -> dict[str, Any]:
        """now; at step 0 (untrained); and at `step` (then), which is None until the run has come there."""
        return {
            "now": self._now.get(run, now),
            "untrained": {name: finite(value) for name, value in self._trainer.initial_metrics.items()},
            "then": None if step is None else self._then(run, step),
        }

    def _then(self, run: LiveRun, step: int) -> Numbers | None:
        """Measured once, from the kept state of that step: a frame comes at whatever step the run then is."""
        if self._trainer.step_count < step:
            self._asked = None
        elif self._asked is None or (self._asked.run_version, self._asked.step) != (run.run_version, step):
            self._asked = Asked(run.run_version, step, measured_at(self._trainer, step))
        return self._asked.numbers if self._asked else None


def measured(trainer: Trainer) -> Numbers:
    """Every metric by name."""
    return {name: finite(value) for name, value in trainer.measure().items()}


def measured_at(trainer: Trainer, step: int) -> Numbers | None:
    """The same of a step, before what a person did to the run at it: of a copy that goes back there, if it was kept."""
    if step == trainer.step_count and all(command.step < step for command in trainer.log):
        return measured(trainer)
    if step not in trainer.kept.steps:
        return None
    past = trainer.fork()
    past.go_back(step)
    return measured(past)
