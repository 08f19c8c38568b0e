"""Before a room all that moves is in the first screenful, in type of 18 pixels and more, whatever is shown to it."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView
from tests.browser.token_view import opened, stage

pytestmark = pytest.mark.browser

SHOWN = [
    "playground?preset=specialists&",
    "playground?num_experts=16&k=2&",
    "playground?num_experts=64&k=2&num_shared=1&",
    "playground?preset=collapse&twin=balance_coefficient:1&",
    "playground?preset=specialists&twin=balance_coefficient:0;k:2&",
    "playground?preset=specialists&twin=balance_coefficient:0;balance_coefficient:1;k:2&",
    "specialization?",
    "collapse?",
    "balancing?",
]
PARTS = [
    ".transport",
    "canvas.picture",
    ".card",
    ".plot canvas",
    ".strokes",
    "[data-testid=timeline]",
    ".narrator",
    ".status-line",
]

SMALLEST = """(root) => {
  const sizes = [];
  for (const texts = document.createTreeWalker(root, NodeFilter.SHOW_TEXT); texts.nextNode(); ) {
    const { parentElement, textContent } = texts.currentNode;
    const isSeen = parentElement.checkVisibility({ visibilityProperty: true }) && parentElement.clientWidth > 1;
    if (textContent.trim() && isSeen && !parentElement.closest(".unseen, math")) {
      sizes.push(parseFloat(getComputedStyle(parentElement).fontSize));
    }
  }
  return Math.min(...sizes);
}"""
"""Of what is read. Inside a formula indices and fractions are smaller, as everywhere."""


@pytest.mark.parametrize("shown", SHOWN)
def test_all_that_moves_is_in_the_first_screenful(page: Page, server: AppServer, shown: str):
    view = LiveView(page).open(f"{server.url}/{shown}present=1")
    view.train_a_little()
    for width, height in ((1280, 800), (1920, 1080)):
        page.set_viewport_size({"width": width, "height": height})
        page.wait_for_timeout(500)
        for part in PARTS:
            boxes = [found.bounding_box() for found in view.root.locator(part).all()]
            seen = [box for box in boxes if box]
            assert len(seen) > 0, part
            assert all(box["y"] >= 0 and box["y"] + box["height"] <= height for box in seen), part
        heights = view.root.locator(".plot").evaluate_all("plots => plots.map((plot) => plot.clientHeight)")
        assert min(heights) >= 44
        assert view.root.evaluate(SMALLEST) >= 18
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def expect_all_stages_in_the_window(view: LiveView, width: int, height: int) -> None:
    view.page.set_viewport_size({"width": width, "height": height})
    view.page.wait_for_timeout(500)
    for part in (".guess", ".transport", "canvas.picture", ".token-stage", ".status-line"):
        boxes = [found.bounding_box() for found in view.root.locator(part).all() if found.is_visible()]
        assert len(boxes) > 0 or part == ".guess", part
        assert all(box and box["y"] >= 0 and box["y"] + box["height"] <= height for box in boxes), part
    assert view.root.evaluate(SMALLEST) >= 18
    assert view.page.evaluate("document.documentElement.scrollWidth") <= width


@pytest.mark.parametrize("shown", ["", "k=2&"])
def test_all_stages_of_a_token_are_in_one_screenful_before_the_run_and_in_it(page: Page, server: AppServer, shown: str):
    view = opened(page, f"{server.url}/gating?{shown}present=1")
    for size in ((1920, 1080), (1280, 800)):
        expect_all_stages_in_the_window(view, *size)
    view.train_a_little()
    for size in ((1920, 1080), (1280, 800)):
        expect_all_stages_in_the_window(view, *size)
    expect(stage(view, "gates").get_by_text("gate g", exact=True)).to_be_visible()


def test_a_lesson_begins_with_its_run_and_tells_below_it_what_it_is_about(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/gating?present=1")
    told = page.get_by_text("scores every")
    expect(told).to_be_visible(timeout=PATIENCE)
    words, run = told.bounding_box(), view.root.bounding_box()
    assert words is not None
    assert run is not None
    assert run["y"] < 30
    assert run["y"] + run["height"] < words["y"]
    expect(page.get_by_role("heading", level=1, name="Gating")).to_have_count(1)
    expect(page.get_by_role("button", name="The lesson's own run")).to_be_visible()


def test_each_of_four_says_which_experts_are_idle(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/balancing?present=1")
    first = view.button("member").first
    idle = first.locator("[data-testid=expert-card][data-condition=idle]")
    view.train_until(lambda: view.step > 40 and idle.count() > 0)
    for card in idle.all():
        word = card.get_by_text("idle", exact=True)
        expect(word).to_be_visible()
        box, around, number = (part.bounding_box() for part in (word, card, card.locator(".number")))
        assert box is not None
        assert around is not None
        assert number is not None
        assert number["x"] + number["width"] <= box["x"]
        assert box["x"] + box["width"] <= around["x"] + around["width"] + 0.5


@pytest.mark.parametrize("members", ["balance_coefficient:0", "balance_coefficient:0;k:2;k:3"])
def test_what_can_be_done_to_the_chosen_expert_of_a_member_stands_by_its_cards(
    page: Page, server: AppServer, members: str
):
    view = LiveView(page).open(f"{server.url}/playground?present=1&twin={members}")
    second = view.button("member").nth(1)
    expect(second.get_by_role("button", name="Kill")).to_have_count(0)
    second.get_by_test_id("expert-card").first.get_by_role("button").first.click()
    second.get_by_role("button", name="Kill").click()
    expect(second.locator("[data-condition=killed]")).to_have_count(1, timeout=PATIENCE)
    box = view.root.locator(".status-line").bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800


def test_what_moves_many_members_stands_below_them(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?present=1&twin=balance_coefficient:0;k:2")
    slider = page.get_by_role("slider", name="Learning rate")
    expect(slider).to_be_visible(timeout=PATIENCE)
    run, moved = view.root.bounding_box(), slider.bounding_box()
    assert run is not None
    assert moved is not None
    assert run["width"] > 1200
    assert run["y"] + run["height"] < moved["y"]


def test_a_second_class_is_asked_anew_and_rewinding_asks_nobody(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/collapse?present=1")
    again, answer = view.button("guess-again"), view.button("guess-answer")
    expect(again).to_be_hidden()
    hands = view.root.get_by_label("Hands raised for 6 to 8")
    hands.fill("14")
    view.press("guess-none")
    view.wait(lambda: view.step > 5)
    view.press("rewind")
    view.wait(lambda: view.step == 0)
    expect(answer).to_contain_text("14 said 6 to 8")
    expect(hands).to_be_hidden()
    view.press("play")
    view.wait(lambda: view.step > 5)
    again.click()
    view.wait(lambda: view.step == 0)
    view.expect_state("paused")
    expect(hands).to_have_value("")
    expect(answer).to_have_text("")
    expect(again).to_be_hidden()
    hands.fill("3")
    view.press("guess-none")
    expect(answer).to_contain_text("3 said 6 to 8")
    view.wait(lambda: view.step > 5)


def test_a_student_is_asked_once(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/collapse")
    view.press("guess-1")
    view.wait(lambda: view.step > 5)
    view.press("rewind")
    view.wait(lambda: view.step == 0)
    expect(view.button("guess-1")).to_be_hidden()
    expect(view.button("guess-again")).to_be_hidden()
    expect(view.button("guess-answer")).to_contain_text("Your guess: 3 to 6.")
