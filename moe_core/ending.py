"""How a command of the command line ends: its exit status, and why it ended early."""

from dataclasses import dataclass

DONE, DIVERGED, REFUSED, INTERRUPTED = 0, 1, 2, 130
"""INTERRUPTED is what shells count Ctrl-C as: 128 and the number of the signal."""

WAS_INTERRUPTED = "The run was interrupted."


@dataclass(frozen=True)
class Ending:
    """How training ended: the exit status, and why the run ended early, as a sentence."""

    status: int
    reason: str = ""
