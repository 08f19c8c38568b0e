"""On a phone nothing covers anything: the scores of the mixture keep their room."""

from itertools import pairwise

import pytest
from playwright.sync_api import Page

from tests.browser.app_server import AppServer
from tests.browser.live_view import LiveView

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("situation", ["preset=capacity", "preset=fine-grained"])
def test_no_score_lies_over_another_on_a_phone(page: Page, server: AppServer, situation: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    view = LiveView(page).open(f"{server.url}/playground?{situation}")
    edges = view.root.get_by_test_id("mixture-card").evaluate(
        """card => [...card.querySelectorAll(".score:not([hidden])")].map((score) => {
            const value = document.createRange();
            value.selectNodeContents(score.querySelector(".score-value"));
            const { left, right } = value.getBoundingClientRect();
            return [left, right];
        })"""
    )
    assert len(edges) >= 3
    assert all(right < left for (_, right), (left, _) in pairwise(edges))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_every_line_of_the_export_menu_stays_inside_it_on_a_phone(page: Page, server: AppServer) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    view = LiveView(page).open(f"{server.url}/playground")
    view.root.get_by_role("button", name="Export").click()
    rooms = view.root.locator(".export-item").evaluate_all(
        "items => items.map((item) => [item.scrollWidth, item.clientWidth])"
    )
    assert len(rooms) == 7
    assert all(needed <= given for needed, given in rooms)


@pytest.mark.parametrize("query", ["present=1", "task=piecewise"])
def test_what_stands_above_a_picture_on_a_phone_is_whole(page: Page, server: AppServer, query: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    view = LiveView(page).open(f"{server.url}/playground?{query}")
    parts = view.root.locator(".stage-head > :is(.segments, .stage-title, .legend):visible, .own .score-name")
    assert parts.count() > 1
    for part in parts.all():
        box = part.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
        assert part.evaluate("part => part.scrollWidth <= part.clientWidth + 1 || part.clientWidth === 0")


@pytest.mark.parametrize("query", ["", "?present=1"])
def test_the_lines_through_a_token_end_with_the_plane_on_a_phone(page: Page, server: AppServer, query: str) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    view = LiveView(page).open(f"{server.url}/gating{query}")
    plane, lines = (view.root.locator(part).first.bounding_box() for part in ("canvas.picture", ".frame .cross"))
    assert plane is not None
    assert lines is not None
    assert lines["height"] == pytest.approx(plane["height"], abs=1)
