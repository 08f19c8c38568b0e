"""The curves of a run as CSV."""

import csv
import io
import math

import numpy as np

from moe_core.history import History


def metrics_csv(rows: np.ndarray, loads: np.ndarray) -> str:
    """A row for each row of the curves (N, columns) with the loads (N, E), both as moe_core.history has them.

    Its columns by name, then each expert's load as load_1, load_2, ...

    Experts are numbered as on the screen. A field is empty where nothing was measured: before the first step, or
    before the expert was added. The numbers have as many digits as float32 needs to be read back the same.
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([*History.COLUMNS, *(f"load_{number + 1}" for number in range(loads.shape[1]))])
    for row, load in zip(rows, loads, strict=True):
        numbers = ["" if math.isnan(number) else str(number) for number in [*row[1:], *load]]
        writer.writerow([int(row[0]), *numbers])
    return text.getvalue()
