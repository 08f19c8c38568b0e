"""Every limit of a person's table, in one place, each with its reason."""

import sys
from dataclasses import dataclass

BYTES = 5 * 10**6
"""The largest file: 5 MB, counted as 5,000,000 bytes. It is held in memory, and read in about two seconds."""

COLUMNS = 64
"""Columns, the target included. The digits have as many inputs; more would not fit a page that shows each."""

FEWEST_COLUMNS = 2
"""The target, and something to tell it from."""

ROWS = 50_000
"""Rows below the header: 25 times what the drawn tasks train on, and enough for models of this size."""

FEWEST_ROWS = 20
"""With fewer, a test split of a few rows says nothing."""

CELL_CHARACTERS = 64
"""The longest cell, spaces around it included: a column's name, a class or a number, each to be shown in one line."""

CLASSES = 20
"""Distinct values of a target that are still shown as classes. The largest of the other tasks has 10."""

FEWEST_CLASSES = 2
"""With one class there is nothing to tell apart."""

FEWEST_EXAMPLES = 2
"""Rows of each class: one to learn from and one to be judged by."""

HEADER_CHARACTERS = COLUMNS * (2 * CELL_CHARACTERS + 3)
"""What the longest good header takes, every character a doubled quote. A first look reads no further for the names."""

STORED_HEADER_BYTES = 64 * 1024
"""The largest header of a stored table. The longest names and classes take under 40 KiB."""

STORED_BYTES = 16 * 2**20
"""The largest stored table. 5 MB hold at most 2.5 million cells, of 4 bytes each."""

MEMORY_IS_LIMITED = sys.platform != "darwin"
"""macOS has the name of that limit and refuses it. There, time alone stops a file that takes too much."""


@dataclass(frozen=True)
class ProcessLimits:
    """What the process that reads a file may take. The largest good files take 300 MiB and two seconds."""

    memory: int = 2**30
    """Bytes of address space, where MEMORY_IS_LIMITED."""

    processor_seconds: int = 15
    """Seconds of processor time."""

    seconds: float = 30.0
    """Seconds on the clock: a busy machine gives a process half of its time or less."""


READER = ProcessLimits()
"""What reading one file may take."""
