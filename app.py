"""The web server: `streamlit run app.py`. Pages, and beside them the live route, assets and the session host."""

import gc
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import streamlit as st
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount, Route, WebSocketRoute
from starlette.staticfiles import StaticFiles
from starlette.types import Scope
from starlette.websockets import WebSocket
from streamlit.web.server.server_util import is_url_from_allowed_origins
from streamlit.web.server.starlette.starlette_websocket import is_host_allowed

from server.client import LocalSessionHost
from server.export_route import ExportRoute
from server.live_route import LiveRoute
from server.no_delay import send_at_once
from server.place import place_of
from server.preload import PreloadLinks
from ui.source_map import source_map
from ui.view_files import ASSETS, VIEW_PATH, base_path, joined_view, preload_links

FOR_EVER = "public, max-age=31536000, immutable"


class RevalidatedFiles(StaticFiles):
    """Files that a browser keeps, but asks about each time (a 304 of a few bytes).

    Their names do not change with what is in them, so a long life would mix the versions of two releases.
    """

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        response.headers["Cache-Control"] = "no-cache"
        return response


@asynccontextmanager
async def lifespan(_app: st.App) -> AsyncIterator[dict[str, Any]]:
    """Spawn the session host, or adopt the one that a killed server left, and end it with a server that ends well."""
    port = st.get_option("server.port")
    send_at_once(port)
    gc.freeze()  # What is loaded by now stays: no collection need look at it.
    host = LocalSessionHost(place_of(port))
    host.open()
    try:
        yield {
            "live": LiveRoute(host, is_host_allowed, is_url_from_allowed_origins),
            "export": ExportRoute(host, is_host_allowed),
        }
    finally:
        await host.close()


async def live(socket: WebSocket) -> None:
    """The endpoint of /live/{run}."""
    await app.state["live"].serve(socket)


async def export(request: Request) -> Response:
    """The endpoint of /live/{run}/export/{file}."""
    route: ExportRoute = app.state["export"]
    return await route.serve(request)


async def view(request: Request) -> Response:
    """The endpoint of the joined live view, always compressed: every browser takes that."""
    joined = joined_view()
    is_current = request.query_params.get("v") == joined.version
    headers = {"Content-Encoding": "gzip", "Cache-Control": FOR_EVER if is_current else "no-cache"}
    return Response(joined.packed, media_type="text/javascript", headers=headers)


async def view_source_map(_request: Request) -> Response:
    """The endpoint of its source map, which only a debugger asks for."""
    text = source_map(joined_view().lines)
    return Response(text, media_type="application/json", headers={"Cache-Control": "no-cache"})


# Streamlit's own rule for its base path does not reach the routes beside it.
app = st.App(
    Path(__file__).parent / "ui" / "main.py",
    lifespan=lifespan,
    middleware=[Middleware(PreloadLinks, links=preload_links)],
    routes=[
        WebSocketRoute(f"{base_path()}/live/{{run}}", live),
        Route(f"{base_path()}/live/{{run}}/export/{{file}}", export),
        Route(f"{base_path()}{VIEW_PATH}", view),
        Route(f"{base_path()}{VIEW_PATH}.map", view_source_map),
        Mount(f"{base_path()}/assets", RevalidatedFiles(directory=ASSETS)),
    ],
)
