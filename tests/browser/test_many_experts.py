"""Many experts, and those that are always asked: all in the first screenful, and none left out."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.app_server import AppServer
from tests.browser.drawn_parts import run
from tests.browser.live_view import LiveView

pytestmark = pytest.mark.browser

TOO_WIDE = """all => all.filter((one) => {
  const [text, card] = [document.createRange(), one.closest(".card").getBoundingClientRect()];
  text.selectNodeContents(one);
  const box = text.getBoundingClientRect();
  return box.left < card.left || box.right > card.right + 0.5;
}).length"""
"""How many of the numbers do not fit into their cards."""


def bottom(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return box["y"] + box["height"]


@pytest.mark.parametrize("experts", [16, 24, 32, 64])
def test_what_moves_the_run_and_what_shows_it_stay_in_the_first_screenful(page: Page, server: AppServer, experts: int):
    view = LiveView(page).open(f"{server.url}/playground?num_experts={experts}&num_shared=1&k=2")
    cards = view.button("expert-card")
    expect(cards).to_have_count(experts)
    assert view.root.locator(".card .percent").evaluate_all(TOO_WIDE) == 0
    for part in (view.button("play"), view.root.locator("canvas.picture"), cards.last, view.button("timeline")):
        assert bottom(part) <= 800
    for chart in view.root.locator(".plot canvas").all():
        assert bottom(chart) <= 800
        box = chart.bounding_box()
        assert box is not None
        assert box["height"] >= 58


def test_beside_a_copy_many_experts_are_no_higher_than_the_picture(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?num_experts=32&twin=balance_coefficient:0.5")
    expect(view.button("expert-card")).to_have_count(64)
    assert view.root.locator(".card .percent").evaluate_all(TOO_WIDE) == 0
    assert bottom(view.button("expert-card").last) <= bottom(view.root.locator(".stage").last) + 1


def test_shared_experts_are_said_to_be_asked_for_every_input(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground")
    shared = view.button("shared-experts")
    expect(shared).to_be_hidden()
    view.open(f"{server.url}/playground?num_shared=1")
    expect(shared).to_have_text("and 1 shared expert, asked for every input")
    view.open(f"{server.url}/playground?num_shared=3")
    expect(shared).to_have_text("and 3 shared experts, asked for every input")


def test_on_a_phone_every_load_stands_on_its_own_card(page: Page, server: AppServer):
    page.set_viewport_size({"width": 390, "height": 844})
    view = LiveView(page).open(f"{server.url}/playground?num_experts=64&k=2")
    expect(view.button("expert-card")).to_have_count(64)
    assert view.root.locator(".card .percent").evaluate_all(TOO_WIDE) == 0


@pytest.mark.parametrize("query", ["preset=fine-grained", "num_experts=12", ""])
def test_a_score_has_room_for_its_name(page: Page, server: AppServer, query: str):
    view = LiveView(page).open(f"{server.url}/playground?{query}")
    name = view.root.get_by_text("Accuracy, mixture")
    assert name.evaluate("name => name.scrollWidth <= name.clientWidth")


def test_no_number_lies_over_another_or_over_the_edge_and_none_blinks(parts: Page) -> None:
    crowd, then = run(
        parts,
        """
        const { RoomForNames } = await load("room_for_names");
        const room = new RoomForNames();
        const name = (label, x, y, depth) => ({ label, cell: 100 * y + x, x, y, depth });
        const printed = (names) => room.among(names, 4, 96).map(({ label, x, y }) => [label, x, y]);
        const first = printed([name(0, 1, 50, 2), name(1, 5, 54, 3), name(2, 95, 95, 1), name(3, 40, 40, 9)]);
        // The one that was left out has grown; what stands stays.
        return [first, printed([name(0, 1, 50, 8), name(1, 5, 54, 3)])];
        """,
    )
    assert crowd == [[3, 40, 40], [1, 5, 54], [2, 92, 92]]
    assert then == [[1, 5, 54]]


def test_experts_that_were_added_are_told_from_those_that_the_setting_counts_and_all_of_the_load_fits_a_card(
    page: Page, server: AppServer
):
    view = LiveView(page).open(f"{server.url}/playground")
    added = view.button("added-experts")
    expect(added).to_be_hidden()
    for count in (9, 10):
        view.press("add")
        expect(view.button("expert-card")).to_have_count(count)
    expect(added).to_have_text("10 experts: 8 from the start, which the setting counts, and 2 added since.")
    view.button("expert-card").nth(4).click()
    view.press("force")
    percents = view.root.locator(".card .percent")
    expect(percents.nth(4)).to_have_text("100%")
    assert percents.evaluate_all(TOO_WIDE) == 0
    view.press("rewind")
    expect(added).to_be_hidden()
