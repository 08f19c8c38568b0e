"""One app and one Chromium for all browser tests; a fresh window for each, whose console must stay clean."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, sync_playwright

from tests.browser import chromium
from tests.browser.app_server import AppServer, free_port

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
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    yield context
    context.close()


@pytest.fixture
def page(context: BrowserContext) -> Iterator[Page]:
    page = context.new_page()
    errors: list[str] = []

    def listen(message: ConsoleMessage) -> None:
        probe = any(message.location.get("url", "").endswith(path) for path in STREAMLITS_OWN_PROBES)
        if message.type == "error" and not probe:
            errors.append(f"{message.text} ({message.location.get('url')})")

    page.on("console", listen)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.console_errors = errors  # type: ignore[attr-defined]
    yield page
    assert errors == []
