"""What one cell says: a number, text, or nothing."""

import re

MISSING = frozenset({"", "?", "na", "n/a", "nan", "+nan", "-nan"})
"""Cells that stand for a missing value, in small letters."""

_WITH_A_COMMA = re.compile(r"[+-]?[\d.]*,[\d.,]*\d")


def is_missing(cell: str) -> bool:
    """Whether the cell stands for a missing value."""
    return cell.lower() in MISSING


def number(cell: str) -> float | None:
    """The number that the cell holds in the syntax of Python's float, without underscores; None for text."""
    if "_" in cell:
        return None
    try:
        return float(cell)
    except ValueError:
        return None


def has_decimal_comma(cell: str) -> bool:
    """Whether text looks like a number with a comma in it, such as 1,5 or 1,000."""
    return _WITH_A_COMMA.fullmatch(cell) is not None
