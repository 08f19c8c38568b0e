"""One browser's WebSocket: every message is checked before anything acts on it."""

from pydantic import ValidationError
from starlette.websockets import WebSocket, WebSocketDisconnect

from server import frames, limits
from server.protocol import CLOSE_MALFORMED, CLOSE_TOO_BIG, UP, Down, Up


class BrowserGone(Exception):
    """The socket is closed; or, with a code, is to be closed."""

    def __init__(self, code: int | None = None) -> None:
        super().__init__(code)
        self.code = code


class Browser:
    """Talks over an accepted WebSocket. Every method raises BrowserGone."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket

    async def receive(self) -> Up:
        """The next message. One that is malformed or too big ends the connection."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise BrowserGone
        text = message.get("text")
        if text is None:
            raise BrowserGone(CLOSE_MALFORMED)
        if len(text) > limits.MESSAGE_BYTES:
            raise BrowserGone(CLOSE_TOO_BIG)
        try:
            return UP.validate_json(text)
        except ValidationError:
            raise BrowserGone(CLOSE_MALFORMED) from None

    async def tell(self, message: Down) -> None:
        """Send a message of our own."""
        await self.pass_on(message.encode())

    async def pass_on(self, data: bytes) -> None:
        """Send what a worker said: a frame as it is, a message as text. Waits while the browser is slow to read."""
        try:
            if frames.is_frame(data):
                await self._socket.send_bytes(data)
            else:
                await self._socket.send_text(data.decode())
        except (WebSocketDisconnect, RuntimeError) as error:  # Starlette raises RuntimeError after a close.
            raise BrowserGone from error

    async def close(self, code: int) -> None:
        """Close, if the browser has not done so already."""
        try:
            await self._socket.close(code)
        except (WebSocketDisconnect, RuntimeError) as error:
            raise BrowserGone from error
