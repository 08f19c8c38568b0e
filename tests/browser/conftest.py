"""One app and one Chromium for all browser tests; a fresh window for each, whose console must stay clean."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.browser import chromium
from tests.browser.app_server import AppServer, free_port
from tests.browser.drawn_parts import MODULES

FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
STREAMLITS_OWN_PROBES = ("/_stcore/health", "/_stcore/host-config")
"""A deep link makes Streamlit look for these beside the page as well, and log a 404 for each."""

NOBODY_LISTENS = (
    "ERR_CONNECTION_REFUSED",
    "ERR_INTERNET_DISCONNECTED",
    "No response received when attempting to reach /_stcore/",
    "server is not responding",
    "when disconnected from server",
    "Failed to fetch dynamically imported module",
)
"""What a browser, and then Streamlit, log while a killed server, or the network, is away. Streamlit fetches each kind
of widget when the first of it is due, which may be after the server went. A module that a living server lacks is a 404,
and that is an error still."""


@pytest.fixture(scope="session")
def server() -> Iterator[AppServer]:
    server = AppServer(free_port())
    yield server
    server.stop()


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium.find()
    assert path is not None, "no Chromium: run python -m tests.browser.chromium"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser of one's own, whose windows may log no error in this test, but for what a killed server leads to."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    errors: list[str] = []

    def note(error: str) -> None:
        if not any(said in error for said in NOBODY_LISTENS):
            errors.append(error)

    def listen(message: ConsoleMessage) -> None:
        probe = any(message.location.get("url", "").endswith(path) for path in STREAMLITS_OWN_PROBES)
        if message.type == "error" and not probe:
            note(f"{message.text} ({message.location.get('url')})")

    context.on("console", listen)
    context.on("weberror", lambda error: note(str(error.error)))
    yield context
    context.close()
    assert errors == []


@pytest.fixture
def page(context: BrowserContext) -> Page:
    return context.new_page()


@pytest.fixture
def parts(page: Page, server: AppServer) -> Page:
    """A page of the app's own origin with nothing on it."""
    page.goto(f"{server.url}{MODULES}/labels.en.json")
    return page
