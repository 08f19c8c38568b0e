"""What is drawn less often than frames are: at most so many times a second, less when it costs much, and then kept."""

import time
from collections.abc import Callable
from typing import Generic, TypeVar

from server.live_run import LiveRun

Drawn = TypeVar("Drawn")


class Seldom(Generic[Drawn]):
    """Draws with `draw` at most every `seconds`, and so seldom that it takes at most `share` of the time.

    That is while a run moves. Where it rests, once a person changed it, and when something else is asked of `draw`, it
    is drawn at that very moment. The share may change on the way.
    """

    def __init__(self, draw: Callable[..., Drawn], *, share: float, seconds: float = 0.0) -> None:
        self._draw = draw
        self.share = share
        self._seconds = seconds
        self._drawn_at = 0.0
        self.takes = 0.0
        """Seconds that the last drawing took."""
        self._drawn: tuple[Drawn, tuple[object, ...]] | None = None
        self.sequence = 0
        """The run's, when it was drawn."""

    def get(self, run: LiveRun, now: float, *asked: object) -> Drawn:
        """The last drawing, or a new one if it is due."""
        if self._drawn is None or self._drawn[1] != asked or self._is_due(run, now):
            began = time.monotonic()
            self._drawn = (self._draw(*asked), asked)
            self._drawn_at, self.takes = now, time.monotonic() - began
            self.sequence = run.sequence
        return self._drawn[0]

    def _is_due(self, run: LiveRun, now: float) -> bool:
        if self.sequence == run.sequence:
            return False
        return run.state != "running" or self.sequence < run.shown_at_once or now >= self._next_at

    @property
    def _next_at(self) -> float:
        return self._drawn_at + max(self._seconds, self.takes / self.share)
