"""One measured number beside its target, and many of them as a table."""

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """`target` is the bound, as a person reads it, and `holds` whether it was met; "" and None without one."""

    name: str
    value: float
    unit: str
    target: str = ""
    holds: bool | None = None


def table(rows: Iterable[Row]) -> str:
    """The rows in Markdown, in columns that a terminal shows as straight."""
    verdicts = {True: "holds", False: "does not hold", None: ""}
    head = ("Measured", "Value", "Target", "")
    cells = [head, *((row.name, f"{row.value:.3g} {row.unit}", row.target, verdicts[row.holds]) for row in rows)]
    widths = [max(len(line[column]) for line in cells) for column in range(len(head))]
    lines = [[cell.ljust(width) for cell, width in zip(line, widths, strict=True)] for line in cells]
    lines.insert(1, ["-" * width for width in widths])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)
