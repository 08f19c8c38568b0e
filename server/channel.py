"""Whole messages over a socket that never blocks, for the processes that run on one selector: host and worker.

A message is its length in 4 bytes, big-endian, and then its bytes. What the other side does not take yet waits in
`backlog`, so a reader that has stopped cannot stop the writer's loop.
"""

import selectors
import socket
import struct
from collections.abc import Callable

from server import limits

LENGTH = struct.Struct("!I")
READ, WRITE = selectors.EVENT_READ, selectors.EVENT_WRITE
CHUNK = 64 * 1024


def frame(message: bytes) -> bytes:
    """A message with its length in front."""
    return LENGTH.pack(len(message)) + message


class Channel:
    """One connection in a selector. The loop calls the registered data with the events: `key.data(events)`."""

    def __init__(
        self,
        connection: socket.socket,
        selector: selectors.BaseSelector,
        on_message: Callable[["Channel", bytes], None],
        on_close: Callable[["Channel"], None],
    ) -> None:
        connection.setblocking(False)
        self._connection = connection
        self._selector = selector
        self._on_message = on_message
        self._on_close = on_close
        self._received = bytearray()
        self.backlog = bytearray()
        self.closed = False
        selector.register(connection, READ, self.ready)

    def send(self, message: bytes) -> None:
        """Send, or keep for later what the other side does not take now."""
        self.backlog += frame(message)
        self._flush()

    def ready(self, events: int) -> None:
        """The selector found the socket ready to be read from or written to."""
        if events & WRITE and not self.closed:
            self._flush()
        if events & READ and not self.closed:
            self._receive()

    def close(self) -> None:
        """Hang up, without calling on_close."""
        if not self.closed:
            self.closed = True
            self._selector.unregister(self._connection)
            self._connection.close()

    def _flush(self) -> None:
        if self.closed:
            return
        try:
            del self.backlog[: self._connection.send(self.backlog)]
        except BlockingIOError:
            pass
        except ConnectionError:
            # Nobody will read it. The selector now shows the end of the stream, and _receive reports it.
            self.backlog.clear()
        self._selector.modify(self._connection, READ | WRITE if self.backlog else READ, self.ready)

    def _receive(self) -> None:
        try:
            data = self._connection.recv(CHUNK)
        except BlockingIOError:
            return
        except ConnectionError:
            data = b""
        self._received += data
        while not self.closed and (message := self._next_message()) is not None:
            self._on_message(self, message)
        if not data:
            self._hang_up()

    def _next_message(self) -> bytes | None:
        if len(self._received) < LENGTH.size:
            return None
        (length,) = LENGTH.unpack_from(self._received)
        if length > limits.ANSWER_BYTES:
            self._hang_up()
            return None
        end = LENGTH.size + length
        if len(self._received) < end:
            return None
        message = bytes(self._received[LENGTH.size : end])
        del self._received[:end]
        return message

    def _hang_up(self) -> None:
        if not self.closed:
            self.close()
            self._on_close(self)
