"""A frame: a header and named arrays in one binary message, for the wire and for saved pictures alike.

    bytes 0-3   b"MOE1"
    bytes 4-7   H, the header's length, uint32 little-endian
    8 .. 8+H    the header: JSON in UTF-8, padded with spaces so that the arrays start at a multiple of 8
    then        the arrays, little-endian, each starting at a multiple of 8

header["arrays"] lists {"name", "dtype", "shape", "offset"}, offsets counted from the start of the first array. So a
browser reads every array in place, without copying.
"""

import json
import math
import struct
from collections.abc import Mapping
from typing import Any

import numpy as np

MAGIC = b"MOE1"
PREFIX = struct.Struct("<4sI")
ALIGNMENT = 8
DTYPES: dict[str, np.dtype[Any]] = {"uint8": np.dtype("u1"), "float32": np.dtype("<f4")}


class FrameError(ValueError):
    """Raised for bytes that are no frame."""


def pack(header: Mapping[str, Any], arrays: Mapping[str, np.ndarray]) -> bytes:
    """Build a frame. Arrays are uint8 or float32, with one or two axes; numbers in the header are finite."""
    entries = []
    body: list[bytes] = []
    offset = 0
    for name, array in arrays.items():
        dtype = array.dtype.name
        if dtype not in DTYPES:
            raise TypeError(f"the array {name} is {dtype}: a frame holds uint8 and float32")
        data = np.ascontiguousarray(array, DTYPES[dtype]).tobytes()
        data += bytes(-len(data) % ALIGNMENT)
        entries.append({"name": name, "dtype": dtype, "shape": list(array.shape), "offset": offset})
        body.append(data)
        offset += len(data)
    text = json.dumps({**header, "arrays": entries}, allow_nan=False, separators=(",", ":")).encode()
    text += b" " * (-(PREFIX.size + len(text)) % ALIGNMENT)
    return b"".join([PREFIX.pack(MAGIC, len(text)), text, *body])


def unpack(data: bytes) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header and the arrays of a frame. The arrays are read-only views into `data`.

    Raises FrameError for anything that `pack` would not have made.
    """
    if len(data) < PREFIX.size or data[: len(MAGIC)] != MAGIC:
        raise FrameError("This is no frame: its first four bytes are not MOE1.")
    start = PREFIX.size + PREFIX.unpack_from(data)[1]
    if start > len(data):
        raise FrameError("This frame ends inside its header.")
    try:
        header = json.loads(data[PREFIX.size : start])
        arrays = {entry["name"]: _view(data, start, entry) for entry in header["arrays"]}
    except (UnicodeDecodeError, json.JSONDecodeError, RecursionError, KeyError, TypeError) as error:
        raise FrameError("This frame's header cannot be read.") from error
    return header, arrays


def _view(data: bytes, start: int, entry: Mapping[str, Any]) -> np.ndarray:
    dtype, shape, offset = DTYPES[entry["dtype"]], entry["shape"], entry["offset"]
    whole = [offset, *shape]
    if not all(type(number) is int and number >= 0 for number in whole) or offset % ALIGNMENT or len(shape) > 2:
        raise FrameError("This frame's header describes an impossible array.")
    count = math.prod(shape)
    if start + offset + count * dtype.itemsize > len(data):
        raise FrameError("This frame ends inside an array.")
    return np.frombuffer(data, dtype, count, start + offset).reshape(shape)
