"""The form that lessons share, in a real browser: what is asked about is in sight, and what is said of it is plain."""

import pytest
from playwright.sync_api import Locator, Page, expect

from moe_core.config.lesson import NAMES, load
from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView

pytestmark = pytest.mark.browser

ASKED = {
    "collapse": ".panel:has([data-testid=effective_experts])",
    "balancing": ".panel:has([data-testid=effective_experts])",
    "specialization": ".meter:has([data-testid=meter-own_minus_others])",
}
"""Where each lesson shows what its question is about."""


def in_sight(parts: Locator, height: int) -> bool:
    """Whether all of them are in the first screenful, from top to bottom."""
    boxes = [part.bounding_box() for part in parts.all()]
    return len(boxes) > 0 and all(box and box["y"] >= 0 and box["y"] + box["height"] <= height for box in boxes)


@pytest.mark.parametrize("query", ["", "?present=1", "?present=1&show=balance_coefficient"])
@pytest.mark.parametrize("name", ASKED)
def test_while_the_run_plays_what_is_asked_about_is_in_sight_with_the_pictures(
    page: Page, server: AppServer, name: str, query: str
):
    view = LiveView(page).open(f"{server.url}/{name}{query}")
    view.press("guess-1")
    view.wait(lambda: view.state == "running" and view.step > 5)
    for part in ("[data-testid=play]", "[data-testid=guess-answer]", ".picture", ".cards", ASKED[name]):
        assert in_sight(view.root.locator(part), height=800), part
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_what_a_mark_or_a_word_means_is_told_by_keyboard_too(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/collapse")
    view.press("guess-none")
    view.wait(lambda: view.step > 100)
    view.press("play")
    first, hint = view.root.get_by_test_id("member").first, view.button("hint")
    idle = first.locator("[data-condition=idle]").first.get_by_role("button").first
    told = [
        (idle, "less than a tenth of the fair share now. After 200 such steps it counts as dead."),
        (idle, "the fair share (line) and its load at step 0 (dashed)"),
        (first.get_by_test_id("mixture-card"), "Wide: of one with as many parameters."),
        (first.locator(".chart-head:has([data-testid=test_loss])"), "minus the natural logarithm of the probability"),
    ]
    for part, text in told:
        page.keyboard.press("Tab")  # Focus is then shown, as to who uses the keyboard.
        part.focus()
        expect(hint).to_contain_text(text)
        assert part.get_attribute("title") == hint.inner_text()
    page.keyboard.press("Escape")
    expect(hint).to_be_hidden()


@pytest.mark.parametrize("name", NAMES)
def test_the_run_pauses_where_the_question_is_answered_and_goes_on_when_told(page: Page, server: AppServer, name: str):
    view, asked = LiveView(page).open(f"{server.url}/{name}"), load(name).question.step
    view.press("guess-none")
    page.keyboard.press("5")  # As fast as it goes.
    expect(view.button("guess-answer")).to_contain_text("Measured", timeout=3 * PATIENCE)
    view.expect_state("paused")
    assert view.step == asked
    expect(view.root.get_by_text(f"Paused at step {asked}. Press play to go on.")).to_be_visible()
    view.press("play")
    view.wait(lambda: view.step > asked + 5)


@pytest.mark.parametrize("width", [1280, 390])
def test_lines_of_source_are_whole(page: Page, server: AppServer, width: int):
    page.set_viewport_size({"width": width, "height": 844})
    LiveView(page).open(f"{server.url}/collapse")
    blocks = page.locator("[data-testid=stCode] pre")
    expect(blocks.nth(2)).to_be_attached(timeout=PATIENCE)
    rooms = blocks.evaluate_all("blocks => blocks.map((block) => [block.scrollWidth, block.clientWidth])")
    assert all(needed <= given for needed, given in rooms)


@pytest.mark.parametrize("key", ["router-entropy", "own-minus-others"])
def test_who_follows_a_word_to_the_glossary_sees_its_entry_below_the_bar(page: Page, server: AppServer, key: str):
    page.goto(f"{server.url}/glossary#{key}")
    heading = page.locator(f"#{key}")
    expect(heading).to_be_in_viewport(timeout=PATIENCE)
    page.wait_for_timeout(1500)  # Formulas above it come later, and move it.
    box, bar = heading.bounding_box(), page.get_by_test_id("stHeader").bounding_box()
    assert box is not None
    assert bar is not None
    assert bar["y"] + bar["height"] <= box["y"] <= 800 - box["height"]
