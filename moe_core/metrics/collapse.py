"""When experts died, and when a mixture collapsed, from the history of its load.

An expert is under its share at a row if its load is under a tenth of 1/E there. Such a spell lasts until a row says
otherwise; an expert is dead once its spell has lasted `patience` steps. A mixture has collapsed when at least half of
its experts are dead. One bad batch is no death: the patience tells a slump from an end.

steps (N,) ascend, load (N, E) has a row for each, all numpy. NaN stands for an expert that does not exist at that row:
it is not dead, and E counts those that do exist. A spell is as long as the rows show it, no finer than their spacing.
The rule is our own; no paper has one with a patience that we know of.
"""

import numpy as np

from moe_core.metrics.load import DEAD_BELOW


def under_share_since(steps: np.ndarray, load: np.ndarray) -> np.ndarray:
    """Since which step each expert has been under its share, without a break up to the last row (E,).

    NaN for an expert that is not under it there. Takes one row or more.
    """
    return _spell_starts(steps, load)[-1]


def dead_since(steps: np.ndarray, load: np.ndarray, patience: int = 200) -> np.ndarray:
    """Since which step each expert that is dead at the last row has been under its share (E,); NaN for one that lives.

    It is counted as dead only `patience` steps later; what is told is when it went quiet. Takes one row or more.
    """
    since = under_share_since(steps, load)
    return np.where(steps[-1] - since >= patience, since, np.nan)


def collapse_onset(steps: np.ndarray, load: np.ndarray, patience: int = 200) -> int | None:
    """When the mixture first collapsed: the step at which the spell began of the expert that completed the half.

    It is known only `patience` steps later, and None until then. It stays what it was if the experts come back.
    """
    starts = _spell_starts(steps, load)
    dead = steps[:, None] - starts >= patience
    existing = _existing(load)
    collapsed = (existing > 0) & (2 * dead.sum(1) >= existing)
    if not collapsed.any():
        return None
    row = int(collapsed.argmax())
    deaths = np.sort(starts[row, dead[row]])
    half = (int(existing[row]) + 1) // 2
    return int(deaths[half - 1])


def _existing(load: np.ndarray) -> np.ndarray:
    """How many experts exist at each row (N,)."""
    return np.count_nonzero(~np.isnan(load), axis=1)


def _spell_starts(steps: np.ndarray, load: np.ndarray) -> np.ndarray:
    """Since which step each expert has been under its share at each row (N, E); NaN where it is not under it."""
    # Multiplied out, since a row in which nobody exists has no 1/E. NaN is under nothing.
    under = load * _existing(load)[:, None] < DEAD_BELOW
    row = np.arange(len(steps))[:, None]
    last_row_outside = np.maximum.accumulate(np.where(under, -1, row), axis=0)
    first_row_inside = np.minimum(last_row_outside + 1, row)
    return np.where(under, steps[first_row_inside], np.nan)
