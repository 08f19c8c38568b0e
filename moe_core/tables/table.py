"""A table that a run can train on: found by its digest, described without its numbers, loaded as arrays."""

import hashlib
import os
import re
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

from moe_core.tables.error import TableError, shown
from moe_core.tables.stored import Description, read_description

if TYPE_CHECKING:
    import numpy as np

DIGEST = re.compile(r"[0-9a-f]{16}")
PRIVATE = 0o700


@dataclass(frozen=True)
class Table:
    """N examples of D features, and what to tell from them.

    digest    names the file and its target: 16 hexadecimal digits
    columns   the names of the features, D of them
    target    the name of the target
    classes   their names in the order of their labels, or None when the target is a number to predict
    num_rows  N
    """

    digest: str
    columns: tuple[str, ...]
    target: str
    classes: tuple[str, ...] | None
    num_rows: int

    @property
    def num_inputs(self) -> int:
        """D."""
        return len(self.columns)

    @property
    def num_outputs(self) -> int:
        """What a model has to say of an example: a score for each class, or one number."""
        return 1 if self.classes is None else len(self.classes)


def digest_of(data: bytes, target: str) -> str:
    """What a table is called: the first 16 hexadecimal digits of SHA-256 over the file and the target's name.

    A zero byte, which no file that is read has, keeps the two apart.
    """
    return hashlib.sha256(data + b"\0" + target.encode()).hexdigest()[:16]


def path_of(digest: str, folder: Path) -> Path:
    """Where a table is kept. Raises TableError for anything but a digest, before the disk is touched."""
    if not DIGEST.fullmatch(digest):
        raise TableError(f"{shown(digest)} names no table; a table's name is 16 digits from 0 to 9 and a to f.")
    return folder / f"{digest}.safetensors"


def describe(digest: str, folder: Path) -> Table:
    """The table of this digest, from the header of its file alone.

    Raises TableError when the digest is none, when there is no such table, or when its file is not whole.
    """
    stored = _description(path_of(digest, folder))
    return Table(digest, stored.columns, stored.target, stored.classes, stored.rows)


def _description(path: Path) -> Description:
    """A change of one setting asks for it several times, so that it is read again only after the file was changed."""
    with suppress(OSError):  # Reading says what is wrong.
        return _read(path, path.stat().st_mtime_ns)
    return read_description(path)


@lru_cache(maxsize=64)
def _read(path: Path, modified: int) -> Description:
    return read_description(path)


def load(digest: str, folder: Path) -> "tuple[np.ndarray, np.ndarray]":
    """Inputs, float32 (N, D), and targets: labels, int64 (N,), or numbers, float32 (N, 1).

    Each column of numbers is less its mean, as it is stored. Raises TableError as `describe` does, and when a number
    is not finite or a label is none of the classes.
    """
    import numpy as np  # Not above: whoever only describes tables does not wait for these.
    from safetensors.numpy import load_file

    table = describe(digest, folder)
    tensors = load_file(path_of(digest, folder))
    inputs, targets = tensors["inputs"], tensors["targets"]
    if not (np.isfinite(inputs).all() and np.isfinite(targets).all()):
        raise TableError(f"The table {digest} holds a number that is not finite; upload its file again.")
    if table.classes is not None and not ((targets >= 0) & (targets < len(table.classes))).all():
        raise TableError(f"The table {digest} holds a label that is none of its classes; upload its file again.")
    return inputs, targets


def folder() -> Path:
    """Where tables are kept: $MOE_LAB_TABLES, or moe-lab/tables in the user's cache folder. Made when it is not there.

    Raises TableError when it cannot be made.
    """
    named = os.environ.get("MOE_LAB_TABLES")
    place = Path(named) if named else _cache() / "moe-lab" / "tables"
    try:
        place.mkdir(mode=PRIVATE, parents=True, exist_ok=True)
    except OSError as error:
        reason = f"{error.strerror}; name another one with MOE_LAB_TABLES"
        raise TableError(f"The folder of tables, {place}, cannot be made: {reason}.") from error
    return place


def _cache() -> Path:
    """The user's cache folder. A relative $XDG_CACHE_HOME is ignored, as its specification asks."""
    named = Path(os.environ.get("XDG_CACHE_HOME", ""))
    return named if named.is_absolute() else Path.home() / ".cache"
