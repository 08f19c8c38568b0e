"""When an expert is dead, and when a mixture has collapsed.

An expert is under its share at a row if its load is under a tenth of 1/E there. Such a spell lasts until a row says
otherwise; an expert is dead once its spell has lasted `patience` steps. A mixture has collapsed when at least half of
its experts are dead.

steps (N,) increase, load (N, E) has a row for each. NaN stands for an expert that does not exist at that row: it is not
dead, and E counts those that do exist.
"""

import numpy as np

DEAD_BELOW = 0.1
"""The part of its fair share under which an expert is dead if it stays there."""

COLLAPSED_FROM = 0.5
"""The part of its experts that are dead in a mixture that has collapsed."""


def spell_starts(steps: np.ndarray, load: np.ndarray, share: float = DEAD_BELOW) -> np.ndarray:
    """At which step the spell began that each expert is in, at each row (N, E); NaN outside any spell."""
    # Multiplied out, since a row in which nobody exists has no 1/E. NaN is under nothing.
    under = load * _existing(load)[:, None] < share
    row = np.arange(len(steps))[:, None]
    last_row_outside = np.maximum.accumulate(np.where(under, -1, row), axis=0)
    return np.where(under, steps[np.minimum(last_row_outside + 1, row)], np.nan)


def collapsed(load: np.ndarray, dead: np.ndarray, part: float = COLLAPSED_FROM) -> np.ndarray:
    """At which rows at least a part of the existing experts are dead (N,), given who is dead (N, E)."""
    return dead.any(1) & (dead.sum(1) >= part * _existing(load))


def onset_at(row: int, starts: np.ndarray, load: np.ndarray, dead: np.ndarray, part: float = COLLAPSED_FROM) -> int:
    """At which step the spell began of the expert that completed the collapse, at a row that has collapsed."""
    needed = int(np.ceil(part * _existing(load)[row]))
    return int(np.sort(starts[row, dead[row]])[needed - 1])


def collapse_onset(steps: np.ndarray, load: np.ndarray, patience: int = 200) -> int | None:
    """When the mixture first collapsed: the step at which the spell began of the expert that completed the half.

    It is known only `patience` steps later, and None until then. It stays what it was if the experts come back.
    """
    starts = spell_starts(steps, load)
    dead = steps[:, None] - starts >= patience
    rows = np.flatnonzero(collapsed(load, dead))
    return onset_at(rows[0], starts, load, dead) if len(rows) else None


def _existing(load: np.ndarray) -> np.ndarray:
    return np.count_nonzero(~np.isnan(load), axis=1)
