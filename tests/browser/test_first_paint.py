"""The view is what a page shows first. What follows it comes when it stands, and does not move it."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView

pytestmark = pytest.mark.browser

WATCH = """
window.seen = [];
function viewIn(root) {
  for (const node of root.querySelectorAll("*")) {
    const found = node.shadowRoot?.querySelector("[data-testid=live-view]");
    if (found) return found;
  }
  return null;
}
function look() {
  const view = viewIn(document);
  if (view) {
    const { x, y, width } = view.getBoundingClientRect();
    const follows = document.querySelector(window.follows) !== null;
    window.seen.push({ place: [x, y, width].map(Math.round), follows });
  }
  requestAnimationFrame(look);
}
requestAnimationFrame(look);
"""
"""From when there is a view: where the view stands, and whether what follows it is there."""

FOLLOWS = {
    "playground": "[data-testid=stSlider]",
    "playground?preset=collapse": "[data-testid=stSlider]",
    "playground?present=1": "[data-testid=stSlider]",
    "": "[data-testid=stPageLink]",
    "collapse": "[data-testid=stSlider]",
}


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("address", FOLLOWS, ids=lambda address: address or "home")
def test_the_view_comes_first_and_what_follows_does_not_move_it(
    page: Page, server: AppServer, address: str, width: int
):
    page.set_viewport_size({"width": width, "height": 844})
    page.add_init_script(f"window.follows = {FOLLOWS[address]!r}; {WATCH}")
    page.goto(f"{server.url}/{address}")
    expect(page.locator(FOLLOWS[address]).first).to_be_attached(timeout=PATIENCE)
    page.wait_for_timeout(500)
    seen = page.evaluate("window.seen")
    alone, beside = ([moment["place"] for moment in seen if moment["follows"] is there] for there in (False, True))
    assert alone
    assert beside == [alone[-1]] * len(beside)


def test_a_page_whose_view_cannot_be_loaded_has_all_the_rest(browser: Browser, server: AppServer):
    context = browser.new_context()  # One's own, since what happens here is an error of its console.
    page = context.new_page()
    page.route("**/joined.js*", lambda route: route.abort())
    page.goto(f"{server.url}/playground")
    expect(page.get_by_role("slider", name="Learning rate")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("button", name="Measure now")).to_be_visible(timeout=PATIENCE)
    context.close()


def test_what_follows_comes_although_no_run_answers(page: Page, server: AppServer):
    page.route_web_socket("**/live/**", lambda _: None)  # Opened, and never answered.
    page.goto(f"{server.url}/playground?preset=collapse")
    expect(page.get_by_role("slider", name="Learning rate")).to_be_visible(timeout=PATIENCE)
    assert LiveView(page).frame == 0
