"""From a person's file to a stored table, without parsing more than its header in this process."""

import json
import tempfile
from contextlib import suppress
from pathlib import Path

from moe_core.tables.error import TableError
from moe_core.tables.header import check_target, read_header
from moe_core.tables.limits import READER, ProcessLimits
from moe_core.tables.process import REFUSED, run_limited
from moe_core.tables.stored import read_description
from moe_core.tables.table import Table, describe, digest_of, path_of

READER_MODULE = "moe_core.tables.reader"


def check_csv(data: bytes, bounds: ProcessLimits = READER) -> None:
    """Raises TableError, in one sentence, for a file that makes no table whichever of its columns is the target.

    Its cells are read in a process of their own, within `bounds`; nothing is kept.
    """
    with tempfile.TemporaryFile() as output:
        if run_limited(READER_MODULE, b"null\n" + data, output, bounds) == REFUSED:
            output.seek(0)
            raise TableError(output.read().decode())


def read_csv(data: bytes, target: str, folder: Path, bounds: ProcessLimits = READER) -> Table:
    """Read a CSV file, with `target` as the column to predict, and keep it in `folder` as a table.

    Its cells are read in a process of their own, within `bounds`. The table appears whole or not at all. A file that
    was read before with the same target is not read again.

    Raises TableError, in one sentence, for a file that makes no table, that takes too long or too much, or that cannot
    be kept.
    """
    check_target(target, read_header(data))
    digest = digest_of(data, target)
    with suppress(TableError):  # Not there, or not whole: then it is made.
        return describe(digest, folder)
    try:
        with tempfile.TemporaryDirectory(prefix="reading-", dir=folder) as private:
            partial = Path(private, "table")
            with partial.open("w+b") as output:
                status = run_limited(READER_MODULE, json.dumps(target).encode() + b"\n" + data, output, bounds)
            if status == REFUSED:
                raise TableError(partial.read_text(encoding="utf-8"))
            read_description(partial)
            partial.replace(path_of(digest, folder))
    except OSError as error:
        raise TableError(f"The table cannot be kept in {folder}: {error.strerror}.") from error
    return describe(digest, folder)
