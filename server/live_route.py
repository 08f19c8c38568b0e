"""The WebSocket route /live/{run}: who may come in, and who holds a run when two pages want it."""

import asyncio
from collections.abc import Callable
from urllib.parse import urlsplit

from starlette.websockets import WebSocket

from server import limits
from server.browser import Browser, BrowserGone
from server.client import SessionHost
from server.message import RUN_ID
from server.protocol import CLOSE_FOREIGN, CLOSE_IN_USE, CLOSE_MALFORMED, CLOSE_REPLACED, Attach
from server.viewing import Viewing


class LiveRoute:
    """Serves sockets with runs of `host`. `serve` is the endpoint.

    is_allowed_host and is_allowed_origin are the web server's own rules. The second may take its time; it runs in a
    thread.
    """

    def __init__(
        self,
        host: SessionHost,
        is_allowed_host: Callable[[str | None], bool],
        is_allowed_origin: Callable[[str], bool],
    ) -> None:
        self._host = host
        self._is_allowed_host = is_allowed_host
        self._is_allowed_origin = is_allowed_origin
        self._holders: dict[str, Viewing] = {}

    async def serve(self, socket: WebSocket) -> None:
        """One socket, from the handshake to the end. What is refused before it is accepted reads as HTTP 403."""
        run = socket.path_params["run"]
        if RUN_ID.fullmatch(run) is None or not await self._may_enter(socket):
            await socket.close(CLOSE_FOREIGN)
            return
        await socket.accept()
        browser = Browser(socket)
        try:
            await self._view(browser, run)
        except BrowserGone as gone:
            if gone.code is not None:
                await browser.close(gone.code)

    async def _may_enter(self, socket: WebSocket) -> bool:
        """A page of another site may not use the runs of a person who visits it.

        Every browser says where a page comes from. Who says nothing is no browser acting for such a page, and could
        have claimed any origin: refusing it would protect nobody.
        """
        origin, host = socket.headers.get("origin"), socket.headers.get("host")
        if not self._is_allowed_host(host):
            return False
        return origin is None or is_same(origin, host) or await asyncio.to_thread(self._is_allowed_origin, origin)

    async def _view(self, browser: Browser, run: str) -> None:
        try:
            async with asyncio.timeout(limits.ATTACH_SECONDS):
                attach = await browser.receive()
        except TimeoutError:
            raise BrowserGone(CLOSE_MALFORMED) from None
        if not isinstance(attach, Attach):
            raise BrowserGone(CLOSE_MALFORMED)
        viewing = Viewing(browser, self._host, run, attach)
        await self._claim(run, viewing)
        try:
            await viewing.serve()
        finally:
            if self._holders.get(run) is viewing:
                del self._holders[run]

    async def _claim(self, run: str, viewing: Viewing) -> None:
        """Become the one who holds the run. Raises BrowserGone when a living page has it.

        The same page takes over from itself. Another page, as after a reload or in a duplicated tab, is given the run
        when its holder does not answer any more.
        """
        while (holder := self._holders.get(run)) is not None:
            if holder.view == viewing.view:
                holder.displace(CLOSE_REPLACED)
            elif await holder.is_present():
                raise BrowserGone(CLOSE_IN_USE)
            else:
                holder.displace(CLOSE_IN_USE)
            if self._holders.get(run) is holder:
                del self._holders[run]
        self._holders[run] = viewing


def is_same(origin: str, host: str | None) -> bool:
    """Whether a page comes from the very server it speaks to, by whatever name that is reached."""
    try:
        return host is not None and urlsplit(origin).netloc.lower() == host.lower()
    except ValueError:
        return False
