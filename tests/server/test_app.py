"""The app as a person starts it: what it serves beside the pages, and what becomes of runs when it goes."""

import gzip
import json
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from urllib.error import HTTPError

import pytest
from websockets.asyncio.client import connect
from websockets.exceptions import InvalidStatus
from websockets.typing import Origin

from server.place import Place, place_of
from tests.browser.app_server import ROOT, AppServer, free_port
from tests.server.live_client import LiveClient
from tests.server.processes import alive, until

pytestmark = pytest.mark.slow

WEB = """
import asyncio, sys
from pathlib import Path
from server.client import LocalSessionHost
from server.place import Place

async def serve() -> None:
    host = LocalSessionHost(Place(Path(sys.argv[1])))
    host.open(["--web-grace", "0.5"])
    await host.start("0b8f0f0e-3a52-4c53-9d2e-0c6c6d3f9a10", {}, [], None)
    print(*[status.pid for status in await host.list()], (await host.stats()).pid, flush=True)
    await asyncio.sleep(600)

asyncio.run(serve())
"""


async def test_runs_end_when_no_web_process_comes_back(place: Place) -> None:
    command = [sys.executable, "-c", WEB, str(place.folder)]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as web:
        assert web.stdout is not None
        pids = [int(pid) for pid in web.stdout.readline().split()]
        assert all(alive(pid) for pid in pids)
        web.kill()
    began = time.monotonic()
    await until(lambda: not any(alive(pid) for pid in pids))
    assert time.monotonic() - began > 0.4
    assert not place.folder.exists()


@pytest.fixture(scope="module")
def app() -> Iterator[AppServer]:
    app = AppServer(free_port())
    yield app
    if app.process.poll() is None:
        app.stop()


def test_assets_are_asked_about_each_time(app: AppServer) -> None:
    address = f"{app.url}/assets/live_view/main.js"
    with urllib.request.urlopen(address) as answer:
        assert answer.headers["Cache-Control"] == "no-cache"
        tag = answer.headers["ETag"]
    again = urllib.request.Request(address, headers={"If-None-Match": tag})
    with pytest.raises(HTTPError) as unchanged:
        urllib.request.urlopen(again)
    assert unchanged.value.code == 304
    unchanged.value.close()


def test_a_page_names_the_joined_view_which_lasts_under_its_own_address(app: AppServer) -> None:
    with urllib.request.urlopen(f"{app.url}/playground") as answer:
        links = answer.headers["Link"].split(", ")
    (address,) = (link[1 : link.index(">")] for link in links if "joined.js" in link)
    with urllib.request.urlopen(app.url + address) as answer:
        assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        text = gzip.decompress(answer.read()).decode()
    with urllib.request.urlopen(f"{app.url}{address.partition('?')[0]}?v=older") as answer:
        assert answer.headers["Cache-Control"] == "no-cache"
    name = text.rpartition("sourceMappingURL=")[2].strip()
    with urllib.request.urlopen(f"{app.url}/assets/live_view/{name}") as answer:
        assert "view.js" in json.load(answer)["sources"]


async def test_a_page_of_another_site_is_refused(app: AppServer, run: str) -> None:
    address = f"{app.url.replace('http', 'ws')}/live/{run}"
    async with connect(address, origin=Origin(app.url)):
        pass
    with pytest.raises(InvalidStatus, match="403"):
        await connect(address, origin=Origin("https://evil.example"))


async def test_a_killed_server_is_followed_by_one_that_adopts_and_ctrl_c_leaves_nothing(
    app: AppServer, run: str
) -> None:
    address = app.url.replace("http", "ws")
    place = place_of(app.port)
    async with LiveClient(address, run) as before:
        await before.attach()
        await before.command("play")
        step = (await before.frame_where(lambda header: header["step"] > 3))["step"]
        version = before.header["run_version"]
        app.kill()
    app.start()
    async with LiveClient(address, run) as after:
        await after.attach()
        header = await after.frame()
        assert header["step"] >= step
        assert (header["run_version"], header["state"]) == (version, "running")
        app.process.send_signal(signal.SIGINT)
        began = time.monotonic()
        app.process.wait(30)
        assert time.monotonic() - began < 5
        assert not place.folder.exists()
