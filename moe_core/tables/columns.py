"""From a column of cells to numbers of 32 bits, which models compute with.

A column is stored as its distance from its own mean. Narrowed as it is, one that varies far from zero, such as seconds
since 1970, would lose in 24 bits what tells its rows apart. A run loses nothing by it: it standardises what it reads.
"""

from collections.abc import Sequence

import numpy as np

from moe_core.tables.cells import has_decimal_comma, number
from moe_core.tables.error import TableError, shown
from moe_core.tables.rows import FIRST_ROW

LARGEST = float(np.finfo(np.float32).max) / 2
"""1.7e38. Two such numbers are never further apart than float32 reaches."""


def feature(name: str, cells: Sequence[str]) -> np.ndarray:
    """The column less its mean, as float32 (N,). Raises TableError for text, and as `centred` does."""
    values = [number(cell) for cell in cells]
    for row_number, (cell, value) in enumerate(zip(cells, values, strict=True), start=FIRST_ROW):
        if value is None:
            raise TableError(not_a_number(name, row_number, cell))
    return centred(name, cells, np.array(values, dtype=np.float64))


def centred(name: str, cells: Sequence[str], values: np.ndarray) -> np.ndarray:
    """The float64 values (N,) of a column less their mean, and only then in float32.

    Raises TableError when one is not finite or larger than LARGEST, or when all of them are the same in float32.
    """
    within = np.abs(values) <= LARGEST  # Not a number is not.
    if not within.all():
        at = int(np.argmin(within))
        place = f"Column {shown(name)}, row {FIRST_ROW + at:,} holds {shown(cells[at])}"
        raise TableError(f"{place}; numbers have to be finite, and at most 1.7e38 in size.")
    narrow = (values - values.mean()).astype(np.float32)
    if (narrow == narrow[0]).all():
        same = f"Column {shown(name)} is {shown(cells[0])} in every row, to the digits that are kept"
        raise TableError(f"{same}; a column has to vary.")
    return narrow


def not_a_number(name: str, row_number: int, cell: str) -> str:
    """The sentence for text where a number is needed."""
    place = f"Column {shown(name)}, row {row_number:,} holds {shown(cell)}"
    if has_decimal_comma(cell):
        return f"{place}; numbers are written with a decimal point, as in 1.5, and without thousands separators."
    return f"{place}; every column but the target may hold numbers only."
