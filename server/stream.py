"""Whole messages over asyncio streams and over plain sockets, framed as in channel.py, for the web process."""

import asyncio
import socket
from pathlib import Path

from server import limits
from server.channel import LENGTH, frame


class StreamEnded(ConnectionError):
    """The other side is gone."""


class Line:
    """A connection of the web process to a worker or to the host."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, path: Path) -> "Line":
        """Connect. Raises OSError when nobody listens."""
        return cls(*await asyncio.open_unix_connection(path))

    async def send(self, message: bytes) -> None:
        """Send, waiting while the other side is slow to read. Raises StreamEnded when it is gone."""
        try:
            self._writer.write(frame(message))
            await self._writer.drain()
        except ConnectionError as error:
            raise StreamEnded from error

    async def receive(self) -> bytes:
        """The next message. Raises StreamEnded when there will be none."""
        try:
            (length,) = LENGTH.unpack(await self._reader.readexactly(LENGTH.size))
            if length > limits.ANSWER_BYTES:
                raise StreamEnded
            return await self._reader.readexactly(length)
        except (asyncio.IncompleteReadError, ConnectionError) as error:
            raise StreamEnded from error

    def close(self) -> None:
        """Hang up."""
        self._writer.close()


def ask_once(path: Path, message: bytes, timeout: float) -> bytes:
    """Send one message over a connection of its own and wait for the answer: for a page's script, in its thread.

    Raises OSError (TimeoutError among them) when nobody listens or nobody answers.
    """
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(timeout)
        connection.connect(str(path))
        connection.sendall(frame(message))
        (length,) = LENGTH.unpack(_read_exactly(connection, LENGTH.size))
        return _read_exactly(connection, length)


def _read_exactly(connection: socket.socket, count: int) -> bytes:
    data = bytearray()
    while len(data) < count:
        chunk = connection.recv(count - len(data))
        if not chunk:
            raise StreamEnded
        data += chunk
    return bytes(data)
