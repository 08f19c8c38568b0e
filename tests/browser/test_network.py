"""The network is lost, in silence or with the server: the view says so, where it is seen, and goes on by itself."""

import pytest
from playwright.sync_api import BrowserContext, expect

from server import limits
from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView
from tests.browser.test_life import own_server
from tests.browser.test_recording import open_lesson

pytestmark = pytest.mark.browser

__all__ = ["own_server"]

DROPPED = "The connection dropped. Trying again."
OFFER = "Play the recorded run"
SOON = 12_000
"""Milliseconds in which a silent loss is said and a recording offered: seven or eight, and what a busy machine adds."""


def test_a_network_lost_in_silence_is_said_and_the_run_waits(context: BrowserContext, server: AppServer):
    view = open_lesson(context.new_page(), server.url, "specialization", "?present=1")
    view.press("rewind")
    view.wait(lambda: view.step == 0)
    view.press("pace-1")
    view.press("play")
    view.wait(lambda: view.step > 20)
    context.set_offline(True)
    offer = view.button("status-action")
    expect(offer).to_have_text(OFFER, timeout=SOON)
    expect(offer).to_be_in_viewport(ratio=1)
    expect(view.root.get_by_text(DROPPED)).to_be_in_viewport(ratio=1)
    expect(view.button("play")).to_be_disabled()
    view.page.keyboard.press(" ")
    view.page.keyboard.press("5")
    expect(view.button("problem")).to_have_text("Not done: there is no connection to the run.")
    seen = view.step
    view.page.wait_for_timeout(1000 * limits.ABSENT_PAUSE)
    context.set_offline(False)
    view.expect_state("paused")
    expect(view.root.get_by_text("because no page was connected to it for 10 seconds")).to_be_visible()
    expect(view.button("problem")).to_be_hidden()
    assert view.step < seen + 2 * 30 * limits.ABSENT_PAUSE
    expect(view.button("pace-1")).to_have_attribute("aria-pressed", "true")
    paused = view.step
    view.page.wait_for_timeout(500)
    assert view.step == paused  # Nothing that was pressed comes late.
    view.press("step")
    view.wait(lambda: view.step == paused + 1)


def test_a_run_at_rest_is_not_called_gone(context: BrowserContext, server: AppServer):
    view = LiveView(context.new_page()).open(f"{server.url}/playground?seed=3")
    view.press("step")
    view.wait(lambda: view.step == 1)
    view.page.evaluate(
        """(view) => {
          window.states = [];
          const note = new MutationObserver(() => window.states.push(view.dataset.state));
          note.observe(view, { attributeFilter: ["data-state"] });
        }""",
        view.root.element_handle(),
    )
    view.page.wait_for_timeout(7000)
    assert view.page.evaluate("window.states") == []


def test_a_run_that_was_never_seen_says_that_the_server_is_gone(context: BrowserContext, own_server: AppServer):
    """So Streamlit's dialog, which knows no other remedy than a terminal, does not cover the page."""
    page = context.new_page()
    page.route_web_socket("**/live/*", lambda socket: None)
    page.goto(f"{own_server.url}/collapse?present=1")
    view = LiveView(page)
    expect(view.root).to_be_visible(timeout=PATIENCE)
    # Whole, so that what the page then fails to fetch is not what it consists of.
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
    page.wait_for_load_state("networkidle")
    own_server.kill()
    page.unroute_all()
    expect(view.root.get_by_text(DROPPED)).to_be_in_viewport(timeout=PATIENCE)
    page.wait_for_timeout(3000)
    expect(page.get_by_role("dialog")).to_have_count(0)


def test_a_recording_that_was_not_loaded_in_time_is_missed_aloud(context: BrowserContext, own_server: AppServer):
    page = context.new_page()
    page.route("**/recorded/*.frames", lambda route: route.abort("internetdisconnected"))
    failed: list[str] = []
    page.on("requestfailed", lambda request: failed.append(request.url))
    view = LiveView(page).open(f"{own_server.url}/specialization?present=1")
    view.wait(lambda: any(".frames" in address for address in failed))
    own_server.kill()
    expect(view.root.get_by_text("The recorded run had not been loaded yet")).to_be_in_viewport(timeout=PATIENCE)
    page.unroute_all()
    own_server.start()
    with page.expect_response("**/recorded/*.frames", timeout=3 * PATIENCE):
        view.wait(lambda: view.connected)
