"""A first look at a file: its column names, so that a person can say which one is the target.

Size, encoding and header are all that is looked at, in that order. However large the file, no more of it than a good
header can take is parsed.
"""

import csv
import io
import re
from collections.abc import Sequence
from difflib import get_close_matches

from moe_core.tables import limits
from moe_core.tables.cells import number
from moe_core.tables.encoding import decode
from moe_core.tables.error import TableError, shown

DELIMITERS = (",", ";", "\t")

_QUOTED = re.compile(r'"[^"]*("|\Z)')
_ROW_END = re.compile(r"[\r\n]")


def read_header(data: bytes) -> tuple[str, ...]:
    """The names of the columns of a CSV file, in order, without the spaces around them.

    Raises TableError as `decode` does, and for a header with a name that is missing, too long or there twice, with too
    few or too many names, or with numbers instead of names.
    """
    text = decode(data)
    return column_names(text, find_delimiter(text))


def find_delimiter(text: str) -> str:
    """What separates cells: of comma, semicolon and tab the one that is most often in the header, outside quotes.

    The comma wins a tie, then the semicolon.
    """
    line = _ROW_END.split(_QUOTED.sub("", text[: limits.HEADER_CHARACTERS]), maxsplit=1)[0]
    return max(DELIMITERS, key=line.count)


def column_names(text: str, delimiter: str) -> tuple[str, ...]:
    """The names in the first row. Raises TableError as `read_header` does."""
    cells = _first_row(text, delimiter)
    names = tuple(cell.strip() for cell in cells)
    if len(names) > limits.COLUMNS:
        raise TableError(f"The header has more than {limits.COLUMNS} columns; at most {limits.COLUMNS} are allowed.")
    for position, cell in enumerate(cells, start=1):
        if len(cell) > limits.CELL_CHARACTERS:
            too_long = f"The name of column {position}, {shown(cell)}, is longer than"
            raise TableError(f"{too_long} {limits.CELL_CHARACTERS} characters, the most that is allowed.")
    if not any(names):
        raise TableError("The first row is empty; it has to hold the names of the columns.")
    if len(names) < limits.FEWEST_COLUMNS:
        separated = "separated by commas, semicolons or tabs"
        raise TableError(f"The header has one column, {shown(names[0])}; at least 2 are needed, {separated}.")
    if "" in names:
        raise TableError(f"Column {names.index('') + 1} has no name; every column needs one in the first row.")
    if _holds_numbers(names):
        found = next(name for name in names if number(name) is not None)
        raise TableError(f"The header seems to be missing: the first row holds numbers, such as {shown(found)}.")
    for position, name in enumerate(names):
        if name in names[:position]:
            twice = f"Columns {names.index(name) + 1} and {position + 1} are both named {shown(name)}"
            raise TableError(f"{twice}; every column needs a name of its own.")
    return names


def check_target(target: str, names: Sequence[str]) -> None:
    """Raises TableError, naming the nearest column, when there is none of the target's name."""
    if target not in names:
        (nearest,) = get_close_matches(target[: limits.CELL_CHARACTERS], names, n=1, cutoff=0.0)
        raise TableError(f"The table has no column {shown(target)}; the nearest name is {shown(nearest)}.")


def broken_quote(row: int) -> str:
    """The sentence for a row whose quotes do not pair up."""
    return (
        f"Row {row:,} has a quote that is never closed, or text after a closing quote; a quoted cell is written"
        ' "like this", and a quote inside it is doubled.'
    )


def _first_row(text: str, delimiter: str) -> list[str]:
    """The cells of the first row. One that is cut off here has too many of them, or one that is too long."""
    head = text[: limits.HEADER_CHARACTERS]
    try:
        return next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        cells = next(csv.reader(io.StringIO(head, newline=""), delimiter=delimiter))
        too_large = len(cells) > limits.COLUMNS or max(map(len, cells)) > limits.CELL_CHARACTERS
        if too_large and len(head) < len(text):  # The quote may well be closed further on.
            return cells
        raise TableError(broken_quote(1)) from error


def _holds_numbers(names: Sequence[str]) -> bool:
    """Whether this is a row of data: only numbers, or one with a fraction. Columns may be named 1, 2, 3 and y."""
    numbers = [value for value in map(number, names) if value is not None]
    return len(numbers) == len(names) or any(not value.is_integer() for value in numbers)
