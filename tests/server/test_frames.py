"""Frames: what is packed comes back, aligned for a browser; and no bytes from outside do more than raise FrameError."""

import json
import math
import random
import struct
from typing import Any

import numpy as np
import pytest

from server.frames import FrameError, is_frame, join, pack, split, unpack

ARRAYS: dict[str, np.ndarray] = {
    "load": np.linspace(0, 1, 7, dtype=np.float32),
    "owner": np.arange(9, dtype=np.uint8).reshape(3, 3),
    "history": np.empty((0, 9), dtype=np.float32),
    "points": np.array([[1.5, math.nan], [math.inf, -0.0]], dtype=np.float32),
}


def test_round_trip() -> None:
    header, arrays = unpack(pack({"step": 3, "title": "Règles × α"}, ARRAYS))
    assert (header["step"], header["title"]) == (3, "Règles × α")
    assert list(arrays) == list(ARRAYS)
    for name, array in ARRAYS.items():
        assert arrays[name].dtype == array.dtype
        np.testing.assert_array_equal(arrays[name], array)


def test_arrays_start_at_multiples_of_eight() -> None:
    for length in range(20):
        data = pack({"pad": "x" * length}, ARRAYS)
        header_bytes = struct.unpack_from("<I", data, 4)[0]
        assert (8 + header_bytes) % 8 == 0
        assert all(entry["offset"] % 8 == 0 for entry in unpack(data)[0]["arrays"])


def test_a_slice_with_gaps_is_packed_by_its_values() -> None:
    every_second = np.arange(10, dtype=np.float32)[::2]
    np.testing.assert_array_equal(unpack(pack({}, {"values": every_second}))[1]["values"], every_second)


def test_other_types_and_numbers_that_json_lacks_are_refused() -> None:
    with pytest.raises(TypeError, match="values is int64"):
        pack({}, {"values": np.arange(3)})
    with pytest.raises(ValueError, match="JSON"):
        pack({"loss": math.nan}, {})


def test_the_frames_of_a_group_come_apart_again_each_at_a_multiple_of_eight() -> None:
    for count in range(1, 5):
        packed = [pack({"member": number, "pad": "x" * number}, ARRAYS) for number in range(count)]
        data = join(packed)
        assert is_frame(data)
        assert split(data) == packed
        assert all(data.index(frame) % 8 == 0 for frame in packed)
    assert not is_frame(b'{"type": "problem"}')


def test_every_cut_group_is_refused() -> None:
    data = join([pack({"step": 3}, ARRAYS)] * 2)
    for length in range(4, len(data)):
        with pytest.raises(FrameError):
            split(data[:length])


def test_every_cut_frame_is_refused() -> None:
    data = pack({"step": 3}, ARRAYS)
    for length in range(len(data)):
        with pytest.raises(FrameError):
            unpack(data[:length])


def frame_of(header: object, body: bytes = bytes(64)) -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    return b"MOE1" + struct.pack("<I", len(text)) + text + body


def described(**changes: Any) -> dict[str, Any]:
    return {"arrays": [{"name": "load", "dtype": "float32", "shape": [2], "offset": 0, **changes}]}


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"MOE2" + bytes(100),
        b"MOE1\xff\xff\xff\xff{}",
        frame_of(b"\xff\xfe"),
        frame_of(b"{"),
        frame_of(b"[" * 100_000),
        frame_of(None),
        frame_of([]),
        frame_of({}),
        frame_of({"arrays": 3}),
        frame_of({"arrays": [3]}),
        frame_of(described(dtype="float64")),
        frame_of(described(dtype=["float32"])),
        frame_of(described(name=["load"])),
        frame_of(described(offset=-8)),
        frame_of(described(offset=4)),
        frame_of(described(offset=8.0)),
        frame_of(described(offset=True)),
        frame_of(described(shape=3)),
        frame_of(described(shape=[-1])),
        frame_of(described(shape=[-1, -8])),
        frame_of(described(shape=[2**62, 2**62])),
        frame_of(described(shape=[17])),
        frame_of(described(shape=["2"])),
        frame_of(described(shape=[1] * 100)),
    ],
    ids=lambda _: "bytes",
)
def test_hostile_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(FrameError):
        unpack(data)


def test_random_changes_never_do_worse_than_frame_error() -> None:
    dice = random.Random(0)
    whole = pack({"step": 3}, ARRAYS)
    for _ in range(2000):
        data = bytearray(whole)
        for _ in range(dice.randrange(1, 4)):
            data[dice.randrange(len(data))] = dice.randrange(256)
        try:
            unpack(bytes(data))
        except FrameError:
            continue
