"""A run's state on the disk, from which it goes on when its worker was ended or killed."""

import math
import time

from safetensors import SafetensorError

from moe_core import checkpoint
from server import limits
from server.live_run import LiveRun
from server.place import Place


class Keeping:
    """Keeps a run now and then while it trains, and at once when it rests. `step` is that of the last kept state."""

    def __init__(self, run: LiveRun, run_id: str, place: Place) -> None:
        self._run = run
        self._run_id = run_id
        self._place = place
        self._mark = self._present_mark()
        self._kept_at = time.monotonic()
        self.step = place.kept_step(run_id)

    @property
    def due(self) -> float:
        """When the state is to be kept: in the past for at once, infinity where nothing is new."""
        if self._present_mark() == self._mark:
            return math.inf
        return self._kept_at + limits.KEEP_EVERY if self._run.state == "running" else -math.inf

    def keep(self) -> None:
        """Keep the state if there is anything new in it."""
        if self._present_mark() == self._mark:
            return
        self._mark = self._present_mark()
        self._kept_at = time.monotonic()
        if not self._run.in_step:
            return  # One member diverged, and others had stepped: the last state that they share stays.
        try:
            for number, member in enumerate(self._run.members):
                checkpoint.save(member, self._place.kept(self._run_id, number))
            self._place.forget(self._run_id, first_member=len(self._run.members))
        except (OSError, SafetensorError) as error:
            self._run.warn(f"The state of this run could not be kept: {error}.")
        else:
            self.step = self._run.step

    def _present_mark(self) -> tuple[int, ...]:
        """Changes when there is something to keep."""
        counts = [(member.step_count, len(member.log)) for member in self._run.members]
        return self._run.run_version, *(count for pair in counts for count in pair)
