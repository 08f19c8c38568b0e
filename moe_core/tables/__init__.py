"""stub"""

from pathlib import Path
from typing import Any


class TableError(ValueError): ...


def folder() -> Path:
    return Path("/tmp")


def describe(digest: str, folder: Path) -> Any:
    raise TableError(f"The table {digest} is not on this machine.")


def load(digest: str, folder: Path) -> Any:
    raise TableError("no")
