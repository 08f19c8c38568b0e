"""A viewer without a screen: it pulls frames over the WebSocket as the live view does, and draws nothing."""

import json
import time
import uuid
from collections.abc import Sequence
from typing import Any

import numpy as np
from websockets.asyncio.client import ClientConnection, connect

from server import frames
from server.protocol import Present, Who


class PullingViewer:
    """Pulls the frames of a run at the rate they come, and notes when each came."""

    def __init__(self, port: int, run: str, settings: dict[str, Any], others: Sequence[dict[str, Any]] = ()) -> None:
        self._address = f"ws://127.0.0.1:{port}/live/{run}"
        self._members = {"settings": settings, "others": list(others)}
        self.times: list[float] = []
        self.header: dict[str, Any] = {}

    async def play(self, socket: ClientConnection, pace: str) -> None:
        """Set the pace and let the run train."""
        for command in ({"command": "pace", "pace": pace}, {"command": "play"}):
            await socket.send(json.dumps({"type": "command", **command}))

    async def pull(self, pace: str, seconds: float) -> None:
        """Attach, play, and pull for a while from the first frame on. `times` and `header` are of this while."""
        attach = {"type": "attach", "view": str(uuid.uuid4()), "pretrained": None, **self._members}
        self.times = []
        have: list[dict[str, int]] = []
        async with connect(self._address, max_size=None, compression=None) as socket:
            await socket.send(json.dumps(attach))
            await self.play(socket, pace)
            while not self.times or self.times[-1] < self.times[0] + seconds:
                await socket.send(json.dumps({"type": "frame", "have": have, "resolution": 64}))
                data = await frame_from(socket)
                self.times.append(time.monotonic())
                members = [frames.unpack(frame) for frame in frames.split(data)]
                self.header, _ = members[0]
                have = [known(*member) for member in members]


async def frame_from(socket: ClientConnection) -> bytes:
    """The next frame. Asked whether it is still there, a viewer says so, as a page does."""
    while isinstance(data := await socket.recv(), str):
        if json.loads(data)["type"] != Who().type:
            raise RuntimeError(f"The server said {data} in place of a frame.")
        await socket.send(json.dumps({"type": Present().type}))
    return data


def known(header: dict[str, Any], arrays: dict[str, np.ndarray]) -> dict[str, int]:
    """What a viewer has of a member once it has this frame."""
    history = header["history"]
    return {
        "sequence": header["sequence"],
        "run_version": header["run_version"],
        "history_version": history["version"],
        "history_rows": history["start"] + len(arrays["history"]),
    }
