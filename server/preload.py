"""Tells a browser, with the page itself, which files the live view will ask for, so that they come while it starts.

Without it they are asked for only once Streamlit's own code runs, a third of a second later.
"""

from collections.abc import Callable, Sequence

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send


class PreloadLinks:
    """ASGI middleware: adds a Link header (RFC 8288) to every HTML answer. `links` gives its values."""

    def __init__(self, app: ASGIApp, links: Callable[[str, bytes], Sequence[str]]) -> None:
        self._app = app
        self._links = links

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_links(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                if headers.get("content-type", "").startswith("text/html"):
                    headers.append("Link", ", ".join(self._links(scope["path"], scope["query_string"])))
            await send(message)

        await self._app(scope, receive, send_with_links)
