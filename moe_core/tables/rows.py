"""From text to rows of cells. Row 1 is the header, as spreadsheets and editors count."""

import csv
import io
from collections.abc import Sequence

from moe_core.tables import limits
from moe_core.tables.cells import is_missing
from moe_core.tables.error import TableError, counted, shown
from moe_core.tables.header import broken_quote

FIRST_ROW = 2


def read_rows(text: str, delimiter: str, names: Sequence[str]) -> list[list[str]]:
    """All rows below the header, without the spaces around cells. Empty lines at the end are no rows.

    Raises TableError for a row with more or fewer cells than `names`, a cell that is too long, broken quotes, and too
    many or too few rows.
    """
    csv.field_size_limit(limits.BYTES)  # Python's own limit would hide where an open quote began.
    rows: list[list[str]] = []
    empty_lines = 0
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    next(reader)
    while True:
        row_number = FIRST_ROW + len(rows)
        try:
            cells = next(reader, None)
        except csv.Error as error:
            raise TableError(broken_quote(row_number + empty_lines)) from error
        if cells is None:
            break
        if not cells:
            empty_lines += 1
            continue
        if empty_lines:
            raise TableError(f"Row {row_number:,} is empty; only lines at the end of the file may be.")
        if len(rows) == limits.ROWS:
            raise TableError(f"The table has more than {limits.ROWS:,} rows; at most {limits.ROWS:,} are allowed.")
        _check_row(row_number, cells, names)
        rows.append([cell.strip() for cell in cells])
    if not rows:
        raise TableError(f"The file has a header and no rows; at least {limits.FEWEST_ROWS} are needed.")
    if len(rows) < limits.FEWEST_ROWS:
        raise TableError(f"The table has {counted(len(rows), 'row')}; at least {limits.FEWEST_ROWS} are needed.")
    return rows


def check_nothing_is_missing(rows: Sequence[Sequence[str]], names: Sequence[str]) -> None:
    """Raises TableError, with the first place and the number of them, when any value is missing."""
    count = 0
    first = ""
    for row_number, cells in enumerate(rows, start=FIRST_ROW):
        missing = [column for column, cell in enumerate(cells) if is_missing(cell)]
        if missing and not first:
            cell = cells[missing[0]]
            holds = f"holds {shown(cell)}" if cell else "is empty"
            first = f"column {shown(names[missing[0]])}, row {row_number:,} {holds}"
        count += len(missing)
    if count:
        raise TableError(f"The table has {counted(count, 'missing value')}, and none is allowed: {first}.")


def _check_row(row_number: int, cells: Sequence[str], names: Sequence[str]) -> None:
    if len(cells) != len(names):
        found = f"Row {row_number:,} has {counted(len(cells), 'cell')} and the header has {len(names)}"
        raise TableError(f"{found}; every row needs as many cells as the header.")
    for name, cell in zip(names, cells, strict=True):
        if len(cell) > limits.CELL_CHARACTERS:
            place = f"Column {shown(name)}, row {row_number:,}"
            allowed = f"at most {limits.CELL_CHARACTERS} are allowed"
            raise TableError(f"{place} holds {counted(len(cell), 'character')}, {shown(cell)}; {allowed}.")
