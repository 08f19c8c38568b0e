"""A module that runs in a process of its own, and can take no more than it is given.

Python's `multiprocessing` would run the main module again, and under Streamlit that is a page. So a fresh Python is
started, with an environment of its own and this repository as its folder.
"""

import os
import subprocess
import sys
from pathlib import Path
from typing import IO

from moe_core.tables.error import TableError, counted
from moe_core.tables.limits import ProcessLimits

ROOT = Path(__file__).resolve().parents[2]

DONE = 0
REFUSED = 3
"""The exit status of a module that says, in its output, why it refuses its input."""

OUT_OF_MEMORY = 4
"""The exit status of a module that asked for more memory than it may have."""

FINDS_PYTHON = ("LD_LIBRARY_PATH", "PYTHONHOME", "PYTHONPATH")
"""All that is kept of the environment: some Pythons find their libraries by these."""


def run_limited(module: str, data: bytes, output: IO[bytes], bounds: ProcessLimits) -> int:
    """Run a module with `data` as its input and `output`, a file, as its output; returns DONE or REFUSED.

    Raises TableError when it takes more time or memory than `bounds` or ends without an answer. It is gone then.
    """
    environment = {name: os.environ[name] for name in FINDS_PYTHON if name in os.environ}
    limits = (str(bounds.memory), str(bounds.processor_seconds))
    child = subprocess.Popen(
        [sys.executable, "-m", "moe_core.tables.limited", module, *limits],
        cwd=ROOT,
        # A thread for each processor would take memory in advance, and there is nothing for them to do.
        env=environment | {"OPENBLAS_NUM_THREADS": "1"},
        stdin=subprocess.PIPE,
        stdout=output,
        start_new_session=True,
    )
    with child:
        try:
            child.communicate(data, timeout=bounds.seconds)
        except subprocess.TimeoutExpired as error:
            raise TableError(f"Reading the file took more than {bounds.seconds:g} seconds and was stopped.") from error
        finally:
            child.kill()
    memory = f"{bounds.memory / 2**20:,.0f} MiB"
    if child.returncode == OUT_OF_MEMORY:
        raise TableError(f"Reading the file took more than {memory} of memory and was stopped.")
    if child.returncode < 0:
        allowed = f"{counted(bounds.processor_seconds, 'second')} of processor time and {memory} of memory"
        raise TableError(f"Reading the file was stopped by the system; it may take {allowed}.")
    if child.returncode not in (DONE, REFUSED):
        raise TableError(f"The file could not be read: its reader ended with exit code {child.returncode}.")
    return child.returncode
