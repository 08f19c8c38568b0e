"""Runs that are this one but for something: drawn anew, a copy beside it, or itself at an earlier step."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView

pytestmark = pytest.mark.browser


@pytest.fixture
def view(page: Page, server: AppServer) -> LiveView:
    return LiveView(page).open(f"{server.url}/playground?seed=3")


def card(view: LiveView, expert: int) -> Locator:
    """The card of an expert, counted from 1 as on the screen."""
    return view.button("expert-card").nth(expert - 1)


@pytest.mark.parametrize(("button", "setting"), [("new_weights", "weights_draw"), ("new_data", "data_draw")])
def test_another_draw_is_another_run_with_the_same_seed(view: LiveView, button: str, setting: str):
    first = view.loads
    view.press("step")
    view.wait(lambda: view.step == 1)
    view.press(button)
    view.wait(lambda: f"{setting}=1" in view.page.url and view.step == 0)
    assert "seed=3" in view.page.url
    view.wait(lambda: view.loads != first)


def test_new_weights_pressed_twice_are_two_further_draws(view: LiveView):
    seen_loads = [view.loads]
    for address in ("weights_draw=1", "weights_draw=2"):
        view.press("new_weights")
        view.page.wait_for_url(f"**{address}**", wait_until="commit")
        view.wait(lambda: view.loads not in seen_loads)
        seen_loads.append(view.loads)
    view.button("new_weights").dblclick()  # Before the page can have heard of the first of both.
    view.wait(lambda: "weights_draw=4" in view.page.url and view.loads not in seen_loads)
    assert view.step == 0


def test_a_copy_stands_beside_the_run_under_what_differs(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?twin=balance_coefficient:0.5")
    members = view.button("member")
    expect(members).to_have_count(2)
    expect(members.nth(0)).to_have_attribute("aria-label", "Balance coefficient 0.1")
    expect(members.nth(1)).to_have_attribute("aria-label", "Balance coefficient 0.5")
    view.press("pace-10")
    view.press("play")
    view.wait(lambda: view.step > 50)
    view.press("play")
    view.expect_state("paused")
    loads = view.loads
    assert len(loads) == 16
    assert loads[:8] != loads[8:]
    said = view.button("narrator").get_by_role("paragraph")
    for member in range(2):
        expect(said.nth(member)).to_contain_text(members.nth(member).get_attribute("aria-label") or "?")
        narrator, column = said.nth(member).bounding_box(), members.nth(member).bounding_box()
        assert narrator is not None
        assert column is not None
        assert narrator["x"] == pytest.approx(column["x"], abs=1)  # Each above its own column.


def test_of_an_untrained_run_nobody_is_said_to_be_idle(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?preset=balanced")
    assert view.step == 0
    assert min(view.loads) == 0
    expect(view.button("narrator")).not_to_contain_text("idle")


def test_going_back_brings_the_live_settings_of_that_step_back_to_the_page(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?seed=3&learning_rate=0.01")
    view.press("pace-10")
    view.press("play")
    view.wait(lambda: view.step > 100)
    slider = page.get_by_role("slider", name="Learning rate")
    slider.focus()
    slider.press("ArrowRight")
    view.wait(lambda: "learning_rate=0.01" not in page.url)
    changed_at = view.step
    view.wait(lambda: view.step > changed_at + 100)
    view.press("play")
    view.expect_state("paused")
    timeline = view.root.get_by_role("slider", name="Time")
    timeline.focus()
    timeline.press("Home")
    view.wait(lambda: view.step == 0 and "learning_rate=0.01" in page.url)
    expect(slider).to_have_attribute("aria-valuetext", "0.01", timeout=PATIENCE)
