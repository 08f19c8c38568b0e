"""Slow motion in a real browser: stages light up, what they are not about steps back, nothing is pushed away."""

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView

pytestmark = pytest.mark.browser

FAINTEST = """
async (view, milliseconds) => {
  const parts = ["frame", "mixture", "cards", "curves"];
  const least = Object.fromEntries(parts.map((name) => [name, 1]));
  const lit = new Set();
  for (const end = performance.now() + milliseconds; performance.now() < end; ) {
    await new Promise(requestAnimationFrame);
    lit.add(view.querySelector(".layout").dataset.lit);
    for (const name of parts) {
      const opacity = Number(getComputedStyle(view.querySelector(`.${name}`)).opacity);
      least[name] = Math.min(least[name], opacity);
    }
  }
  return [[...lit], least];
}
"""
"""Which stages were lit for some time, and how faint each part was at its faintest."""

STAGES = {"forward", "route", "loss", "backward", "update"}


def in_slow_motion(page: Page, server: AppServer) -> LiveView:
    view = LiveView(page).open(f"{server.url}/playground?seed=3")
    view.press("pace-motion")
    view.press("play")
    view.wait(lambda: view.step > 0)
    page.mouse.move(0, 0)
    return view


def test_each_part_steps_back_while_a_stage_is_lit_that_it_has_no_part_in(page: Page, server: AppServer):
    lit, faintest = in_slow_motion(page, server).root.evaluate(FAINTEST, 3000)
    assert set(lit) >= STAGES
    assert all(opacity < 0.6 for opacity in faintest.values()), faintest


def test_where_less_motion_is_asked_for_the_stages_alone_tell(browser: Browser, server: AppServer):
    context = browser.new_context(viewport={"width": 1280, "height": 800}, reduced_motion="reduce")
    page = context.new_page()
    view = in_slow_motion(page, server)
    lit, faintest = view.root.evaluate(FAINTEST, 3000)
    assert set(lit) >= STAGES
    assert set(faintest.values()) == {1}
    moving = "root => root.getAnimations({ subtree: true }).length"
    assert view.root.evaluate(moving) == 0
    context.close()


@pytest.mark.parametrize("tab", ["curves", "input"])
def test_the_narrator_and_the_stages_are_in_the_first_screenful(page: Page, server: AppServer, tab: str):
    view = in_slow_motion(page, server)
    view.press(f"tab-{tab}")
    if tab == "input":
        view.root.locator("canvas.picture").click()
        view.button("way-class").wait_for(timeout=PATIENCE)
    whole = view.root.bounding_box()
    assert whole is not None
    for part in ("stages", "narrator"):
        box = view.button(part).bounding_box()
        assert box is not None
        assert box["y"] + box["height"] - whole["y"] <= 800 - 160  # Under two rows of situations.


def test_a_pause_moves_nothing(page: Page, server: AppServer):
    view = in_slow_motion(page, server)
    running = view.button("narrator").bounding_box()
    view.press("play")
    view.expect_state("paused")
    assert view.button("narrator").bounding_box() == running
    assert view.root.locator(".layout").get_attribute("data-lit") == "nothing"


def test_the_arrow_key_goes_on_by_one_stage_which_holds_until_the_next(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground")
    page.keyboard.press("1")
    expect(view.button("step")).to_have_accessible_name("Stage")
    lit = view.root.locator(".layout")
    for number, stage in enumerate(["forward", "route", "loss", "backward", "update"], start=1):
        page.keyboard.press("ArrowRight")
        expect(lit).to_have_attribute("data-lit", stage, timeout=PATIENCE)
        expect(view.root.locator(".status-line")).to_contain_text(f"Held at stage {number} of 5.")
        page.wait_for_timeout(400)
        expect(lit).to_have_attribute("data-lit", stage)
        assert (view.state, view.step) == ("paused", 1000 if stage != "update" else 1001)
    page.keyboard.press("2")
    expect(lit).to_have_attribute("data-lit", "nothing")
    expect(view.button("step")).to_have_accessible_name("Step")


def test_before_a_room_the_stages_and_the_state_are_in_the_first_screenful(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?present=1")
    view.press("pace-motion")
    view.press("step")
    view.wait(lambda: view.root.locator(".layout").get_attribute("data-lit") == "forward")
    for part in (view.button("stages"), view.root.locator(".status-line")):
        box = part.bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= 800
