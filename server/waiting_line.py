"""The line before a full server: first come, first served, as long as they keep asking."""


class WaitingLine:
    """Runs in the order in which they came. A place expires when its holder stops asking."""

    def __init__(self, grace: float) -> None:
        self._grace = grace
        self._last_asked: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._last_asked)

    def place(self, run: str, now: float) -> int:
        """Join the line, or say that one still waits. Returns the place: 1 is the next to enter."""
        self._last_asked[run] = now
        self.expire(now)
        return list(self._last_asked).index(run) + 1

    def leave(self, run: str) -> None:
        """The run entered, or its viewer went away."""
        self._last_asked.pop(run, None)

    def expire(self, now: float) -> None:
        """Let go of whoever has not asked for too long."""
        for run, asked in list(self._last_asked.items()):
            if now - asked > self._grace:
                del self._last_asked[run]
