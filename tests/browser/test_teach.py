"""The lecturer's kit in a real browser: on paper, and what a room sees of the links."""

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView
from ui.lecture import lecture_paths

pytestmark = pytest.mark.browser

LEFT_OF_TEXT = """
(node) => {
  const range = document.createRange();
  range.selectNodeContents(node);
  return range.getBoundingClientRect().left;
}
"""

NUM_BEATS = sum(len(path.beats) for path in lecture_paths())


def test_on_paper_are_the_beats_whole_with_their_addresses_and_nothing_to_press(page: Page, server: AppServer):
    page.goto(f"{server.url}/teach")
    beats = page.locator(".beats li")
    expect(beats).to_have_count(NUM_BEATS, timeout=PATIENCE)
    page.emulate_media(media="print")
    for name in ("stHeader", "stSidebar", "stToolbar"):
        for part in page.get_by_test_id(name).all():
            expect(part).to_be_hidden()
    expect(page.locator("button:visible, input:visible")).to_have_count(0)
    links = beats.locator("a").evaluate_all(
        "links => links.map((link) => [link.href, getComputedStyle(link, '::after').content])"
    )
    assert all(href.startswith(f"{server.url}/") and "present=1" in href for href, _ in links)
    # Chromium computes it as it stands in the style sheet, or with the address in it.
    assert all("attr(href)" in shown or href in shown for href, shown in links)
    breaks = beats.evaluate_all("beats => beats.map((beat) => getComputedStyle(beat).breakInside)")
    assert breaks == ["avoid"] * NUM_BEATS
    right = page.locator(".beats dd").evaluate_all(
        "lines => Math.max(...lines.map((l) => l.scrollWidth - l.clientWidth))"
    )
    assert right <= 0, "nothing is cut"
    assert page.pdf(format="A4").startswith(b"%PDF")


@pytest.mark.parametrize("shown", ["", "&show=balance_coefficient"])
def test_before_a_room_what_is_said_of_two_stands_below_their_curves(page: Page, server: AppServer, shown: str):
    view = LiveView(page).open(f"{server.url}/collapse?present=1{shown}")
    said = view.button("narrator").bounding_box()
    assert said is not None
    for member in view.button("member").all():
        box = member.locator(".curves > .strokes").bounding_box()
        assert box is not None
        assert box["y"] + box["height"] <= said["y"]


def test_before_a_room_each_of_two_says_which_experts_are_idle(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/collapse?present=1")
    page.keyboard.press("5")
    cards = view.button("member").first.locator("[data-testid=expert-card][data-condition=idle]")
    view.train_until(lambda: view.step > 150 and cards.count() > 0)
    for card in cards.all():
        word = card.get_by_text("idle", exact=True)
        expect(word).to_be_visible()
        box, number = word.bounding_box(), card.locator(".percent").evaluate(LEFT_OF_TEXT)
        assert box is not None
        assert box["x"] + box["width"] <= number


def test_before_a_room_the_accuracy_of_each_of_four_can_be_read(page: Page, server: AppServer):
    (beat,) = [beat for beat in lecture_paths()[1].beats if beat.page == "balancing" and not beat.variation]
    view = LiveView(page).open(f"{server.url}/{beat.address}")
    scores = view.root.locator("[data-score=mixture] .score-value").all()
    assert len(scores) == 4
    for member, score in zip(view.button("member").all(), scores, strict=True):
        box, room = score.bounding_box(), member.bounding_box()
        assert box is not None
        assert room is not None
        assert box["x"] + box["width"] <= room["x"] + room["width"]
        assert score.evaluate("score => score.scrollWidth <= score.closest('[data-testid=mixture-card]').clientWidth")
