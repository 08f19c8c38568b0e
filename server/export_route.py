"""The route /live/{run}/export/{file}: a run as a file to take away. Who knows a run's id may have it."""

import asyncio
from collections.abc import Callable
from typing import get_args

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from server.client import ExportRefused, RunBusy, RunGone, SessionHost
from server.message import MOST_MEMBERS, RUN_ID
from server.question import ExportFile

MEDIA_TYPES: dict[ExportFile, str] = {
    "script.py": "text/x-python; charset=utf-8",
    "notebook.ipynb": "application/x-ipynb+json",
    "weights.safetensors": "application/octet-stream",
    "metrics.csv": "text/csv; charset=utf-8",
    "settings.toml": "application/toml",
}


class ExportRoute:
    """Serves files of the runs of `host`. `serve` is the endpoint; is_allowed_host is the web server's own rule."""

    def __init__(self, host: SessionHost, is_allowed_host: Callable[[str | None], bool]) -> None:
        self._host = host
        self._is_allowed_host = is_allowed_host

    async def serve(self, request: Request) -> Response:
        """The file; or what is wrong, as a sentence."""
        if not self._is_allowed_host(request.headers.get("host")):
            return PlainTextResponse("This server is not reached by that name.", 403)
        run, member = request.path_params["run"], request.query_params.get("member", "0")
        file = next((name for name in MEDIA_TYPES if name == request.path_params["file"]), None)
        if RUN_ID.fullmatch(run) is None or file is None:
            return PlainTextResponse(f"There is no such file. There are {', '.join(get_args(ExportFile))}.", 404)
        if member not in map(str, range(MOST_MEMBERS)):
            return PlainTextResponse(f"The member of a run is a whole number from 0 to {MOST_MEMBERS - 1}.", 404)
        try:
            content = await asyncio.to_thread(self._host.export, run, file, int(member))
        except RunGone as error:
            return PlainTextResponse(str(error), 404)
        except RunBusy as error:
            return PlainTextResponse(str(error), 503)
        except ExportRefused as error:
            return PlainTextResponse(str(error), 409)
        headers = {"Content-Disposition": f'attachment; filename="moe-lab-{file}"', "Cache-Control": "no-store"}
        return Response(content, headers=headers, media_type=MEDIA_TYPES[file])
