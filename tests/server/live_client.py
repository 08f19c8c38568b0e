"""A browser's side of the live route, without a browser."""

import asyncio
import json
import uuid
from collections.abc import Callable
from types import TracebackType
from typing import Any, Self

import numpy as np
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed

from moe_core.config import RunConfig
from server import frames
from tests.server.processes import PATIENCE


class LiveClient:
    """One socket of /live/{run}: `async with LiveClient(address, run) as client`. Who asks whether it lives is told so.

    `frame` asks for the next frame and returns it. Messages that are no frames are collected in `messages`, but for the
    question who is there.
    """

    def __init__(self, address: str, run: str, view: str | None = None, *, present: bool = True) -> None:
        self.address, self.run = address, run
        self.view = view or str(uuid.uuid4())
        self.present = present
        self.header: dict[str, Any] = {}
        self.arrays: dict[str, np.ndarray] = {}
        self.members: list[tuple[dict[str, Any], dict[str, np.ndarray]]] = []
        self.messages: list[dict[str, Any]] = []
        self.have: list[dict[str, int]] = []

    async def __aenter__(self) -> Self:
        self.socket: ClientConnection = await connect(f"{self.address}/live/{self.run}", max_size=None)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.socket.close()

    async def send(self, type: str, **fields: Any) -> None:
        await self.socket.send(json.dumps({"type": type, **fields}))

    async def attach(self, settings: dict[str, Any] | None = None, pretrained: str | None = None) -> Self:
        settings = RunConfig().settings() if settings is None else settings
        await self.send("attach", view=self.view, settings=settings, pretrained=pretrained)
        return self

    async def command(self, command: str, **fields: Any) -> None:
        await self.send("command", command=command, **fields)

    async def request(self, **look: Any) -> None:
        await self.send("frame", have=self.have, resolution=64, look=look)

    async def receive(self) -> str:
        """The next thing that comes down: "frame", or the type of a message."""
        async with asyncio.timeout(PATIENCE):
            data = await self.socket.recv()
        if isinstance(data, str):
            message: dict[str, Any] = json.loads(data)
            if message["type"] == "who":
                if self.present:
                    await self.send("present")
                return await self.receive()
            self.messages.append(message)
            return str(message["type"])
        self.members = [frames.unpack(frame) for frame in frames.split(data)]
        self.header, self.arrays = self.members[0]
        self.have = [
            {
                "sequence": header["sequence"],
                "run_version": header["run_version"],
                "history_version": header["history"]["version"],
                "history_rows": header["history"]["start"] + len(arrays["history"]),
            }
            for header, arrays in self.members
        ]
        return "frame"

    async def message(self, type: str) -> dict[str, Any]:
        """Wait for a message of this type, past frames and other messages."""
        while await self.receive() != type:
            pass
        return self.messages[-1]

    async def frame(self) -> dict[str, Any]:
        """Ask for a frame and wait for it. Returns its header."""
        await self.request()
        while await self.receive() != "frame":
            pass
        return self.header

    async def frame_where(self, condition: Callable[[dict[str, Any]], bool]) -> dict[str, Any]:
        """Ask for frames until the header of one fulfils the condition."""
        async with asyncio.timeout(PATIENCE):
            while not condition(await self.frame()):
                pass
        return self.header

    async def is_silent(self, seconds: float = 0.3) -> bool:
        """Whether nothing comes down for a while."""
        try:
            async with asyncio.timeout(seconds):
                await self.receive()
        except TimeoutError:
            return True
        return False

    async def close_code(self) -> int | None:
        """Wait until the server closes, and say with which code."""
        try:
            while True:
                await self.receive()
        except ConnectionClosed:
            return self.socket.close_code
