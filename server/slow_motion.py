"""One training step in slow motion: every member of a run does the same stage, and then they wait to be looked at."""

from collections.abc import Sequence

import numpy as np

from moe_core.stages import Stage
from moe_core.trainer import Trainer
from moe_core.training_step import StepRecord

NUM_STAGES = 5
"""forward, route, loss, backward, update: see `moe_core.stages`."""


class SlowStep:
    """A step under way. Until its last stage the members are as they were before it.

    stages    the stage that each member did last
    arrays    by name, the arrays of all stages of this step so far, for each member
    records   what each member measured; empty until the step is done
    """

    def __init__(self, members: Sequence[Trainer]) -> None:
        self._walks = [member.stages() for member in members]
        self.stages: list[Stage] = []
        self.arrays: list[dict[str, np.ndarray]] = [{} for _ in members]
        self.records: list[StepRecord] = []

    @property
    def is_done(self) -> bool:
        """Whether the weights have moved."""
        return bool(self.records)

    def advance(self) -> None:
        """Do the next stage of every member. Raises Diverged, and then no member has moved."""
        self.stages = [next(walk) for walk in self._walks]
        for arrays, stage in zip(self.arrays, self.stages, strict=True):
            arrays.update(stage.arrays)
        if self.stages[0].name == "update":
            for walk in self._walks:
                try:
                    next(walk)
                except StopIteration as end:
                    self.records.append(end.value)

    def finish(self) -> None:
        """Do all that is left of the step. Raises Diverged."""
        while not self.is_done:
            self.advance()
