"""Looking back over a number of steps, when the rows may lie at any spacing.

A window of L steps reaches back to the latest row that is at least L steps old. So it never spans less than L steps and
always holds two rows or more; a history that does not reach back so far has no window, which is NaN here.
"""

import numpy as np


def rows_back(steps: np.ndarray, length: float) -> np.ndarray:
    """For each row, the number of the latest row that is at least `length` steps older (N,); -1 where none is."""
    return np.searchsorted(steps, steps - length, side="right") - 1


def span(steps: np.ndarray, length: float, row: int) -> int:
    """How many steps the window that ends at a row really spans."""
    return int(steps[row] - steps[rows_back(steps, length)[row]])


def value_back(steps: np.ndarray, values: np.ndarray, length: float) -> np.ndarray:
    """For each row, the value where its window begins (N,)."""
    first = rows_back(steps, length)
    return np.where(first >= 0, values[first], np.nan)


def sum_over(steps: np.ndarray, values: np.ndarray, length: float) -> np.ndarray:
    """The sum of each row's window (N,); NaN if the window holds one."""
    return _reduced(np.add, steps, values, length)


def mean_over(steps: np.ndarray, values: np.ndarray, length: float) -> np.ndarray:
    """The mean of each row's window (N,); NaN if the window holds one."""
    rows = np.arange(len(steps)) - rows_back(steps, length) + 1
    return sum_over(steps, values, length) / rows


def minimum_over(steps: np.ndarray, values: np.ndarray, length: float) -> np.ndarray:
    """The least value of each row's window (N,); NaN if the window holds one."""
    return _reduced(np.minimum, steps, values, length)


def _reduced(operation: np.ufunc, steps: np.ndarray, values: np.ndarray, length: float) -> np.ndarray:
    first = rows_back(steps, length)
    stop = np.arange(1, len(steps) + 1)
    # reduceat takes the stretch from each index to the next: every second one is a window, the rest lie between.
    bounds = np.stack([np.maximum(first, 0), stop], axis=1).ravel()
    windows = operation.reduceat(np.append(values, np.nan), bounds)[::2]
    return np.where(first >= 0, windows, np.nan)


def stretch_starts(holds: np.ndarray) -> np.ndarray:
    """The row at which the unbroken stretch began in which something holds, for each row of bool (N,) or (N, E).

    A row at which it does not hold gives its own number.
    """
    row = np.arange(len(holds)).reshape(-1, *[1] * (holds.ndim - 1))
    last_row_outside = np.maximum.accumulate(np.where(holds, -1, row), axis=0)
    return np.minimum(last_row_outside + 1, row)


def stretch_lengths(steps: np.ndarray, holds: np.ndarray) -> np.ndarray:
    """For how many steps something has held without a break, at each row; NaN where it does not hold."""
    now = steps.reshape(-1, *[1] * (holds.ndim - 1))
    return np.where(holds, now - steps[stretch_starts(holds)], np.nan)
