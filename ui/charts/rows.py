"""What a chart is made of: rows of plain numbers, which can be compared in a test and taken away as a table."""

import csv
import io
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields


@dataclass(frozen=True)
class Row:
    """One row of a chart's data. Its fields are the columns of the table."""


def as_csv(rows: Sequence[Row]) -> str:
    """The rows under a header, one or more. What is not known (None) is an empty cell."""
    text = io.StringIO()
    table = csv.DictWriter(text, [field.name for field in fields(rows[0])], lineterminator="\n")
    table.writeheader()
    table.writerows(asdict(row) for row in rows)
    return text.getvalue()
