"""One warm session host for most tests, with short graces; those that kill a host start their own."""

import asyncio
import tempfile
import uuid
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
import pytest_asyncio
import uvicorn
from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from server.client import LocalSessionHost
from server.control import Started
from server.export_route import ExportRoute
from server.live_route import LiveRoute
from server.place import Place
from server.protocol import Configure
from server.stream import Line
from tests.browser.app_server import free_port
from tests.server.lines import SETTINGS, OpenRun, say
from tests.server.live_client import LiveClient
from tests.server.processes import until

RUNS = 3
KEPT_STATES = 5
VIEWER_GRACE = 1.5
FRIEND = "https://friend.example"


@pytest.fixture
def run() -> str:
    """A new run's id, as a browser makes it."""
    return str(uuid.uuid4())


@pytest.fixture
def place() -> Iterator[Place]:
    """A private folder with a short path, which pytest's own is not."""
    with tempfile.TemporaryDirectory(prefix="moe-lab-test-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        yield Place(Path(folder))


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def session_host() -> AsyncIterator[LocalSessionHost]:
    with tempfile.TemporaryDirectory(prefix="moe-lab-test-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        host = LocalSessionHost(Place(Path(folder)))
        limits = {"--runs": RUNS, "--kept-states": KEPT_STATES, "--viewer-grace": VIEWER_GRACE, "--waiter-grace": 2.5}
        host.open([str(part) for option in limits.items() for part in option])

        async def is_warm() -> bool:
            return (await host.stats()).warm

        await until(is_warm, seconds=60)
        yield host
        await host.close()


@pytest_asyncio.fixture(loop_scope="session")
async def host(session_host: LocalSessionHost) -> AsyncIterator[LocalSessionHost]:
    """The warm host, with no runs before and after."""
    yield session_host
    for run in await session_host.list():
        await session_host.stop(run.run)


@pytest_asyncio.fixture(scope="session", loop_scope="session")
async def server_address(session_host: LocalSessionHost) -> AsyncIterator[str]:
    route = LiveRoute(session_host, lambda host: host != "evil.example", lambda origin: origin == FRIEND)
    files = ExportRoute(session_host, lambda host: host != "evil.example")
    app = Starlette(
        routes=[WebSocketRoute("/live/{run}", route.serve), Route("/live/{run}/export/{file}", files.serve)]
    )
    port = free_port()
    config = uvicorn.Config(app, port=port, ws="websockets-sansio", lifespan="off", log_level="warning")
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve())
    while not server.started:
        await asyncio.sleep(0.01)
    yield f"ws://127.0.0.1:{port}"
    server.should_exit = True
    await serving


@pytest.fixture
def address(host: LocalSessionHost, server_address: str) -> str:
    """Where the live route is served. The host has no runs before and after."""
    return server_address


@pytest_asyncio.fixture(loop_scope="session")
async def open_run() -> AsyncIterator[OpenRun]:
    """Starts a run, or joins the one there is, and opens a line to it that is closed after the test."""
    async with AsyncExitStack() as stack:

        async def start_and_attach(host: LocalSessionHost, run: str) -> Line:
            assert isinstance(await host.start(run, SETTINGS, [], None), Started)
            line = await host.line(run)
            stack.callback(line.close)
            await say(line, Configure(settings=SETTINGS))
            return line

        yield start_and_attach


@pytest_asyncio.fixture(loop_scope="session")
async def client(address: str, run: str) -> AsyncIterator[LiveClient]:
    """A page that has just attached to a new run."""
    async with LiveClient(address, run) as client:
        yield await client.attach()
