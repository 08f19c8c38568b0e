"""Runs a module under limits: `python -m moe_core.tables.limited MODULE MEMORY SECONDS`, in bytes and seconds.

The limits hold for the process before the module is loaded, and nothing in it can lift them.
"""

import resource
import runpy
import sys
from collections.abc import Sequence

from moe_core.tables.limits import MEMORY_IS_LIMITED, STORED_BYTES
from moe_core.tables.process import OUT_OF_MEMORY


def main(arguments: Sequence[str]) -> int:
    """Set the limits and run the module; returns the exit status of one that ends without its own."""
    module, memory, processor_seconds = arguments
    _limit(resource.RLIMIT_CPU, int(processor_seconds))
    _limit(resource.RLIMIT_FSIZE, STORED_BYTES)
    _limit(resource.RLIMIT_CORE, 0)
    if MEMORY_IS_LIMITED:
        _limit(resource.RLIMIT_AS, int(memory))
    try:
        runpy.run_module(module, run_name="__main__")
    except MemoryError:
        return OUT_OF_MEMORY
    return 0


def _limit(kind: int, most: int) -> None:
    """Set a limit, or leave a lower one that holds already."""
    _, hard = resource.getrlimit(kind)
    most = most if hard == resource.RLIM_INFINITY else min(most, hard)
    resource.setrlimit(kind, (most, most))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
