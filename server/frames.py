"""A frame: a header and named arrays in one binary message, for the wire and for saved pictures alike.

    bytes 0-3   b"MOE1"
    bytes 4-7   H, the header's length, uint32 little-endian
    8 .. 8+H    the header: JSON in UTF-8, padded with spaces so that the arrays start at a multiple of 8
    then        the arrays, little-endian, each starting at a multiple of 8

A lockstep group's message holds one frame for each member:

    bytes 0-3   b"MOEG"
    bytes 4-7   N, how many frames, uint32 little-endian
    then        the length of each, uint32, padded with zeros to a multiple of 8; then the frames

header["arrays"] lists {"name", "dtype", "shape", "offset"}, offsets counted from the start of the first array. So a
browser reads every array in place, without copying.
"""

import json
import math
import struct
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

MAGIC = b"MOE1"
GROUP_MAGIC = b"MOEG"
PREFIX = struct.Struct("<4sI")
ALIGNMENT = 8
DTYPES: dict[str, np.dtype[Any]] = {"uint8": np.dtype("u1"), "float32": np.dtype("<f4")}


class FrameError(ValueError):
    """Raised for bytes that are no frame."""


def is_frame(data: bytes) -> bool:
    """Whether a message begins as a frame, or as a group of them, does. Any other is text."""
    return data.startswith((MAGIC, GROUP_MAGIC))


def join(frames: Sequence[bytes]) -> bytes:
    """One message of the frames of all members: of one alone, its frame as it is."""
    if len(frames) == 1:
        return frames[0]
    head = PREFIX.pack(GROUP_MAGIC, len(frames)) + struct.pack(f"<{len(frames)}I", *map(len, frames))
    return b"".join([head, bytes(-len(head) % ALIGNMENT), *frames])


def split(data: bytes) -> list[bytes]:
    """The frames of a message, one for each member, still packed. Raises FrameError where they do not fill it."""
    if not data.startswith(GROUP_MAGIC):
        return [data]
    if len(data) < PREFIX.size or PREFIX.size + 4 * (count := PREFIX.unpack_from(data)[1]) > len(data):
        raise FrameError("This group of frames ends inside its head.")
    lengths = struct.unpack_from(f"<{count}I", data, PREFIX.size)
    start = PREFIX.size + 4 * count
    start += -start % ALIGNMENT
    frames = []
    for length in lengths:
        frames.append(data[start : start + length])
        start += length
    if start != len(data):
        raise FrameError("This group's frames do not fill it.")
    return frames


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
