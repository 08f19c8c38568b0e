"""What there is to learn: classes, where the target is text or a few whole numbers, or else a number to predict."""

from collections import Counter
from collections.abc import Sequence

import numpy as np

from moe_core.tables import limits
from moe_core.tables.cells import has_decimal_comma, number
from moe_core.tables.columns import centred, not_a_number
from moe_core.tables.error import TableError, shown
from moe_core.tables.rows import FIRST_ROW

Targets = tuple[np.ndarray, tuple[str, ...] | None]
"""Labels int64 (N,) and the names of their classes, or numbers float32 (N, 1), less their mean, and None."""

WHOLE_NUMBERS = f", and whole numbers with at most {limits.CLASSES} distinct values are classes"


def targets_of(name: str, cells: Sequence[str]) -> Targets:
    """The target column.

    One cell of text makes all of them classes, sorted by name. Whole numbers with at most 20 distinct values are
    classes too, sorted by value. Other numbers are to be predicted. Raises TableError when there are too few or too
    many classes or too few examples of one, and as `centred` does.
    """
    values = [number(cell) for cell in cells]
    if None in values:
        return _classes(name, list(cells), sorted(set(cells)))
    numbers = np.array(values, dtype=np.float64)
    distinct = np.unique(numbers)
    if len(distinct) <= limits.CLASSES and np.isfinite(distinct).all() and (distinct == np.floor(distinct)).all():
        classes = [_whole(value) for value in distinct]
        return _classes(name, [_whole(value) for value in numbers], classes, WHOLE_NUMBERS)
    return centred(name, cells, numbers)[:, np.newaxis], None


def _whole(value: float) -> str:
    """The name of a class that is a whole number: 3 for 3, 3.0 and 3e0, and no two numbers share one."""
    return f"{value + 0.0:.17g}"  # Adding 0 takes the sign off -0.


def _classes(name: str, examples: list[str], classes: list[str], why: str = "") -> Targets:
    if len(classes) < limits.FEWEST_CLASSES:
        same = f"The target {shown(name)} is {shown(classes[0])} in every row"
        raise TableError(f"{same}; at least {limits.FEWEST_CLASSES} classes are needed.")
    if len(classes) > limits.CLASSES:
        _refuse_many(name, examples, len(classes))
    counts = Counter(examples)
    rarest = min(classes, key=lambda each: counts[each])
    if counts[rarest] < limits.FEWEST_EXAMPLES:
        row_number = FIRST_ROW + examples.index(rarest)
        only = f"The class {shown(rarest)} of the target {shown(name)} is in row {row_number:,} only"
        raise TableError(f"{only}; every class needs at least {limits.FEWEST_EXAMPLES} rows{why}.")
    labels = {each: label for label, each in enumerate(classes)}
    return np.array([labels[example] for example in examples], dtype=np.int64), tuple(classes)


def _refuse_many(name: str, examples: list[str], count: int) -> None:
    """Many classes are often numbers that one cell, which is then named, keeps from being read as numbers."""
    row_number, cell = next(
        (row_number, cell) for row_number, cell in enumerate(examples, start=FIRST_ROW) if number(cell) is None
    )
    if has_decimal_comma(cell):
        raise TableError(not_a_number(name, row_number, cell))
    text = f"The target {shown(name)} holds text, such as {shown(cell)} in row {row_number:,}"
    raise TableError(f"{text}, and has {count:,} distinct values; at most {limits.CLASSES} classes are allowed.")
