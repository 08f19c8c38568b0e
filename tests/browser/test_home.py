"""Home in a real browser: a trained mixture at first sight, and a run of its own on demand."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.live_view import LiveView

pytestmark = pytest.mark.browser


def test_home_shows_a_saved_run_and_trains_only_when_asked(page: Page, server: AppServer):
    page.goto(server.url)
    view = LiveView(page)
    view.wait(lambda: view.root.count() == 1 and view.state == "saved")
    assert view.step == 1000
    view.press("rewind")
    view.wait(lambda: view.state == "paused" and view.step == 0)
    view.press("play")
    view.wait(lambda: view.step > 30)


def test_home_opens_the_playground(page: Page, server: AppServer):
    page.goto(server.url)
    page.get_by_role("button", name="Open the Playground").click()
    view = LiveView(page)
    view.wait(lambda: view.connected)
    expect(page).to_have_url(f"{server.url}/playground")
