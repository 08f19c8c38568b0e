"""What is said of a run, and whether it trains, is in the first screen at 1280x800, whatever else stands there."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.live_view import LiveView

pytestmark = pytest.mark.browser

BROKEN = "k=999&colour=red&seed=4"
VERY_BROKEN = "&".join(f"{name}=x" for name in ("k", "seed", "num_experts", "d_hidden", "learning_rate", "batch_size"))


def bottom(view: LiveView, part: str) -> float:
    box = view.root.locator(part).bounding_box()
    assert box is not None
    return box["y"] + box["height"]


@pytest.mark.parametrize("tab", ["curves", "input", "pulls", "inside"])
@pytest.mark.parametrize("query", ["", "present=1", BROKEN, VERY_BROKEN])
def test_narrator_and_state_stay_in_sight_in_every_tab_and_below_a_refusal(
    page: Page, server: AppServer, query: str, tab: str
) -> None:
    view = LiveView(page).open(f"{server.url}/playground?{query}")
    view.press(f"tab-{tab}")
    expect(view.button(f"tab-{tab}")).to_have_attribute("aria-selected", "true")
    if tab == "pulls":
        expect(view.root.locator(".pull-card").first).to_be_visible()
    if tab == "inside":
        expect(view.button("inside-unit").first).to_be_visible()
    page.wait_for_timeout(300)
    assert bottom(view, ".narrator") < bottom(view, ".status-line") <= 800


@pytest.mark.parametrize("query", ["", BROKEN])
def test_home_asks_its_question_in_the_first_screen(page: Page, server: AppServer, query: str) -> None:
    page.goto(f"{server.url}/?{query}")
    view = LiveView(page)
    view.wait(lambda: view.root.count() == 1 and view.step == 1000)
    page.wait_for_timeout(300)
    assert bottom(view, ".guess") < bottom(view, ".status-line") <= 800


def test_home_leads_from_a_link_with_settings_to_where_they_have_a_meaning(page: Page, server: AppServer) -> None:
    page.goto(f"{server.url}/?{BROKEN}")
    expect(page.get_by_role("alert").filter(has_text="k = 999 was refused")).to_be_visible()
    page.get_by_role("link", name="Open the Playground with these settings").click()
    page.wait_for_url("**/playground?seed=4")
    view = LiveView(page)
    view.wait(lambda: view.connected)
