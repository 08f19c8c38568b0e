"""From a column of cells to numbers of 32 bits, which models compute with."""

from collections.abc import Sequence

import numpy as np

from moe_core.tables.cells import has_decimal_comma, number
from moe_core.tables.error import TableError, shown
from moe_core.tables.rows import FIRST_ROW


def feature(name: str, cells: Sequence[str]) -> np.ndarray:
    """The column as float32 (N,). Raises TableError for text, and as `narrowed` does."""
    values = [number(cell) for cell in cells]
    for row_number, (cell, value) in enumerate(zip(cells, values, strict=True), start=FIRST_ROW):
        if value is None:
            raise TableError(not_a_number(name, row_number, cell))
    return narrowed(name, cells, np.array(values, dtype=np.float64))


def narrowed(name: str, cells: Sequence[str], values: np.ndarray) -> np.ndarray:
    """The values (N,) of a column in float32.

    Raises TableError when one is not finite there, or when all of them are the same there.
    """
    with np.errstate(over="ignore"):  # It is refused below, by name.
        narrow = values.astype(np.float32)
    if not np.isfinite(narrow).all():
        at = int(np.argmin(np.isfinite(narrow)))
        place = f"Column {shown(name)}, row {FIRST_ROW + at:,} holds {shown(cells[at])}"
        raise TableError(f"{place}; numbers have to be finite, and at most 3.4e38 in size.")
    if (narrow == narrow[0]).all():
        same = f"Column {shown(name)} is {shown(cells[0])} in every row, to the 7 digits that are kept"
        raise TableError(f"{same}; a column has to vary.")
    return narrow


def not_a_number(name: str, row_number: int, cell: str) -> str:
    """The sentence for text where a number is needed."""
    place = f"Column {shown(name)}, row {row_number:,} holds {shown(cell)}"
    if has_decimal_comma(cell):
        return f"{place}; numbers are written with a decimal point, as in 1.5, and without thousands separators."
    return f"{place}; every column but the target may hold numbers only."
