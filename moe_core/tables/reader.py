"""Reads a person's file and checks every cell. Run by `process.run_limited`, for the file may be hostile.

Input: the target's name as JSON on a line of its own, or null, then the file. Output: the table as safetensors, or the
sentence that says why there is none; nothing where no target is named and some column can be one.
"""

import json
import sys
from collections.abc import Callable, Mapping, Sequence

import numpy as np
from safetensors.numpy import save

from moe_core.tables.columns import feature
from moe_core.tables.encoding import decode
from moe_core.tables.error import TableError
from moe_core.tables.header import check_target, column_names, find_delimiter
from moe_core.tables.process import DONE, REFUSED
from moe_core.tables.rows import check_nothing_is_missing, read_rows
from moe_core.tables.stored import Description
from moe_core.tables.target import targets_of


def parse(data: bytes, target: str) -> tuple[Description, np.ndarray, np.ndarray]:
    """What the table is, its inputs float32 (N, D), and its targets int64 (N,) or float32 (N, 1), as they are stored.

    Raises TableError for the first thing that is wrong: with the file, the header, the rows, a missing value, a
    feature, the target, in this order.
    """
    columns = columns_of(data)
    check_target(target, tuple(columns))
    cells = columns.pop(target)
    inputs = np.stack([feature(name, column) for name, column in columns.items()], axis=1)
    targets, classes = targets_of(target, cells)
    description = Description(columns=tuple(columns), target=target, classes=classes, rows=len(cells))
    return description, inputs, targets


def columns_of(data: bytes) -> dict[str, tuple[str, ...]]:
    """The cells of each column by its name. Raises TableError for the file, the header, the rows, a missing value."""
    text = decode(data)
    delimiter = find_delimiter(text)
    names = column_names(text, delimiter)
    rows = read_rows(text, delimiter, names)
    check_nothing_is_missing(rows, names)
    return dict(zip(names, zip(*rows, strict=True), strict=True))


def check_some_target(columns: Mapping[str, Sequence[str]]) -> None:
    """Raises TableError where no column can be the target: two are no features, or the only one left is no target."""
    no_features = {name: said for name, cells in columns.items() if (said := _refusal(feature, name, cells))}
    if len(no_features) > 1:
        first, second, *_ = no_features.values()
        raise TableError(f"{first.removesuffix('.')}; and {second[0].lower()}{second[1:]}")
    refusals = [_refusal(targets_of, name, columns[name]) for name in no_features or columns]
    if all(refusals):
        raise TableError(refusals[0])


def _refusal(read: Callable[[str, Sequence[str]], object], name: str, cells: Sequence[str]) -> str:
    """What is wrong with a column that is read so, or nothing."""
    try:
        read(name, cells)
    except TableError as error:
        return str(error)
    return ""


def main() -> int:
    """Read one file from the standard input; returns the exit status."""
    target = json.loads(sys.stdin.buffer.readline())
    try:
        if target is None:
            check_some_target(columns_of(sys.stdin.buffer.read()))
            return DONE
        description, inputs, targets = parse(sys.stdin.buffer.read(), target)
    except TableError as error:
        sys.stdout.buffer.write(str(error).encode())
        return REFUSED
    sys.stdout.buffer.write(save({"inputs": inputs, "targets": targets}, description.metadata()))
    return DONE


if __name__ == "__main__":
    sys.exit(main())
