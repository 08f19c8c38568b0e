"""The file that a table is kept in: safetensors, with inputs, targets and a header that says what they are.

    8 bytes    the length of the header, little-endian
    header     JSON: the type, shape and place of each tensor, and metadata
    data       inputs, float32 (N, D), and targets, int64 (N,) or float32 (N, 1)

Numbers, those to predict too, are stored less the mean of their column (see moe_core.tables.columns), and a run
standardises them. The labels of classes are stored as they are.

Only the header is read here, with bounds on everything before it is used. Pickle is never read or written.
"""

import math
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from moe_core.tables import limits
from moe_core.tables.error import TableError

FORMAT = "moe-lab-table-2"
LENGTH_BYTES = 8
ITEM_BYTES = {"F32": 4, "I64": 8}

Name = Annotated[str, Field(min_length=1, max_length=limits.CELL_CHARACTERS)]


class Strict(BaseModel):
    """Nothing unknown, and nothing turned into the type that is wanted."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Description(Strict):
    """What a stored table says of itself. classes are None where the target is a number to predict."""

    columns: Annotated[tuple[Name, ...], Field(min_length=1, max_length=limits.COLUMNS - 1)]
    target: Name
    classes: Annotated[tuple[Name, ...], Field(min_length=limits.FEWEST_CLASSES, max_length=limits.CLASSES)] | None
    rows: int = Field(ge=limits.FEWEST_ROWS, le=limits.ROWS)

    def metadata(self) -> dict[str, str]:
        """As safetensors keeps it."""
        return {"format": FORMAT, "table": self.model_dump_json()}


class _Tensor(Strict):
    dtype: str
    shape: tuple[int, ...]
    data_offsets: tuple[int, int]


class _Metadata(Strict):
    format: str
    table: str


class _Header(Strict):
    metadata: _Metadata = Field(alias="__metadata__")
    inputs: _Tensor
    targets: _Tensor


def read_description(path: Path) -> Description:
    """What the table stored at `path` says of itself, if its tensors are as it says.

    Raises TableError for a file that is not there, that is no table, or whose tensors have other types, shapes or
    places than the description asks for. The tensors are not read.
    """
    try:
        size = path.stat().st_size
        with path.open("rb") as file:
            length = int.from_bytes(file.read(LENGTH_BYTES), "little")
            if not 0 < length <= min(limits.STORED_HEADER_BYTES, size - LENGTH_BYTES):
                raise TableError(f"{path.name} is not a stored table: its header is too large or cut off.")
            content = file.read(length)
    except FileNotFoundError as error:
        raise TableError(f"There is no table {path.stem} here; upload its file again.") from error
    except OSError as error:
        raise TableError(f"{path.name} cannot be read: {error.strerror}.") from error
    try:
        header = _Header.model_validate_json(content)
        if header.metadata.format != FORMAT:
            raise TableError(f"{path.name} is not a table of this program: its format is not {FORMAT}.")
        description = Description.model_validate_json(header.metadata.table)
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in wrong["loc"]) or "header"
        raise TableError(f"{path.name} is not a whole stored table: its {where} cannot be read.") from error
    _check_names(path.name, description)
    _check_tensors(path.name, description, header, size - LENGTH_BYTES - length)
    return description


def _check_names(file: str, description: Description) -> None:
    for names in ((*description.columns, description.target), description.classes or ()):
        if len(set(names)) < len(names):
            raise TableError(f"{file} is not a whole stored table: a name is there twice.")


def _check_tensors(file: str, description: Description, header: _Header, num_bytes: int) -> None:
    """Types and shapes are those of the description, and the two tensors fill the data, one after the other."""
    num_rows = description.rows
    wanted = {
        "inputs": ("F32", (num_rows, len(description.columns))),
        "targets": ("F32", (num_rows, 1)) if description.classes is None else ("I64", (num_rows,)),
    }
    for name, tensor in (("inputs", header.inputs), ("targets", header.targets)):
        found = (tensor.dtype, tensor.shape)
        if found != wanted[name]:
            dtype, shape = wanted[name]
            raise TableError(f"{file} does not fit its own description: {name} are not {dtype} {list(shape)}.")
    place = 0
    for tensor in sorted((header.inputs, header.targets), key=lambda tensor: tensor.data_offsets):
        end = place + math.prod(tensor.shape) * ITEM_BYTES[tensor.dtype]
        if tensor.data_offsets != (place, end):
            raise TableError(f"{file} does not fit its own description: its tensors are not where they should be.")
        place = end
    if place != num_bytes:
        raise TableError(f"{file} does not fit its own description: it has {num_bytes:,} bytes of data, not {place:,}.")
