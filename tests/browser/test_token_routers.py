"""Every router that a token can be followed through, on a wide page and on a phone: each formula is there, and nothing
runs out of its place."""

import math

import pytest
from playwright.sync_api import Page, expect

from tests.browser.app_server import AppServer
from tests.browser.live_view import LiveView
from tests.browser.token_view import numbers, opened, settle, stage
from ui.stage_sources import ROUTERS

pytestmark = pytest.mark.browser

NAMES = ("logits", "noise", "selection", "chosen", "gates", "experts", "combination", "losses", "gradients")

OUTSIDE = """(root) => {
  const room = 3; // pixels; cells stand as far apart
  const widthOf = (node) => {
    const range = document.createRange();
    range.selectNodeContents(node);
    return range.getBoundingClientRect();
  };
  const out = [];
  for (const number of root.querySelectorAll(".token-number, .token-below")) {
    const cell = number.parentElement.getBoundingClientRect();
    const { left, right } = widthOf(number);
    if (number.textContent && (left < cell.left - room || right > cell.right + room)) out.push(number.textContent);
  }
  for (const formula of root.querySelectorAll(".token-formula math")) {
    const { right } = formula.closest(".token-stage").getBoundingClientRect();
    if (formula.getBoundingClientRect().right > right) out.push(formula.textContent);
  }
  for (const row of root.querySelectorAll(".token-row, .token-input")) {
    if (row.scrollWidth > row.clientWidth + 1) out.push(row.className);
  }
  return out;
}"""
"""Numbers that are wider than their cell, formulas that leave their stage, and rows that would have to be scrolled."""


@pytest.mark.parametrize("router", ROUTERS)
def test_a_token_can_be_followed_through_every_router(page: Page, server: AppServer, router: str) -> None:
    balancer = "&balancer=none" if router == "dense" else ""
    view = opened(page, f"{server.url}/gating?router={router}{balancer}")
    expect(view.root.get_by_test_id("problem")).to_be_hidden()
    view.press("token-target-0")
    if view.button("token-draw").is_visible():
        view.press("token-draw")
    settle(view)
    for name in NAMES:
        expect(view.button(f"token-formula-{name}")).not_to_be_empty()
    assert sum(not math.isnan(answer) for answer in numbers(view, "experts")) == len(asked_of(view))
    for width in (1280, 1000, 390):
        page.set_viewport_size({"width": width, "height": 844})
        settle(view)
        assert view.root.evaluate(OUTSIDE) == [], width
        assert page.evaluate("document.documentElement.scrollWidth") <= width


def asked_of(view: LiveView) -> list[str]:
    return (view.root.locator(".token-full").get_attribute("data-asked") or "").split()


UNCOVERED = """(part) => {
  const { left, right, top, bottom } = part.getBoundingClientRect();
  const inside = [top + 3, bottom - 3].map((y) => part.getRootNode().elementFromPoint((left + right) / 2, y));
  return top >= 0 && bottom <= innerHeight + 1 && inside.every((node) => part.contains(node));
}"""


@pytest.mark.parametrize("width", [1280, 390])
def test_what_is_dragged_is_in_sight_with_whatever_follows_from_it(page: Page, server: AppServer, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    view = opened(page, f"{server.url}/gating")
    settle(view)
    for name in NAMES:
        stage(view, name).evaluate("(stage) => stage.scrollIntoView({ block: 'end' })")
        page.wait_for_timeout(200)
        for seen in (view.root.locator("canvas.picture"), stage(view, "logits"), stage(view, name)):
            assert seen.evaluate(UNCOVERED), name


@pytest.mark.parametrize(("query", "covered"), [("", 60), ("?present=1", 0)])
def test_all_stages_are_in_sight_at_once(page: Page, server: AppServer, query: str, covered: int) -> None:
    """Below Streamlit's own head, which a room does not see."""
    page.set_viewport_size({"width": 1280, "height": 800})
    view = opened(page, f"{server.url}/gating{query}")
    settle(view)
    heads = view.root.locator(".token-chip-row").bounding_box()
    assert heads is not None
    page.get_by_test_id("stMain").evaluate("(main, by) => main.scrollBy(0, by)", heads["y"] - covered)
    page.wait_for_timeout(300)
    for name in NAMES:
        box = stage(view, name).bounding_box()
        assert box is not None
        assert covered <= box["y"]
        assert box["y"] + box["height"] <= 800
