"""The cards of the experts: what they show, and what is done to an expert with their buttons."""

import re

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


def seen(canvas: Locator) -> str:
    """What a canvas shows, as text that differs where the picture does."""
    text: str = canvas.evaluate("canvas => canvas.toDataURL()")
    return text


def test_each_card_has_its_own_thumbnail_and_they_follow_training(view: LiveView):
    thumbnails = view.root.locator(".card .thumbnail")
    first = [seen(thumbnail) for thumbnail in thumbnails.all()]
    assert len(set(first)) == 8
    view.press("pace-max")
    view.press("play")
    view.wait(lambda: view.step > 100)
    view.press("play")
    view.wait(lambda: all(seen(thumbnail) != old for thumbnail, old in zip(thumbnails.all(), first, strict=True)))


def test_a_killed_expert_gets_nothing_and_can_be_revived(view: LiveView):
    busiest = max(range(8), key=view.loads.__getitem__) + 1
    card(view, busiest).get_by_role("button", name="Kill").click()
    expect(card(view, busiest)).to_have_attribute("data-condition", "killed")
    view.wait(lambda: view.loads[busiest - 1] == 0)
    assert sum(view.loads) == pytest.approx(1.0, abs=1e-3)
    card(view, busiest).get_by_role("button", name="Revive afresh").click()
    expect(card(view, busiest)).not_to_have_attribute("data-condition", "killed")


def test_freezing_is_said_and_undone(view: LiveView):
    card(view, 2).get_by_role("button", name="Freeze").click()
    expect(card(view, 2)).to_have_attribute("data-condition", "frozen")
    expect(card(view, 2).get_by_text("frozen")).to_be_visible()
    card(view, 2).get_by_role("button", name="Unfreeze").click()
    expect(card(view, 2)).not_to_have_attribute("data-condition", "frozen")


def test_a_clone_and_an_added_expert_have_cards_of_their_own(view: LiveView):
    card(view, 1).get_by_role("button", name="Clone").click()
    expect(view.button("expert-card")).to_have_count(9)
    view.press("add")
    expect(view.button("expert-card")).to_have_count(10)
    expect(card(view, 10)).to_have_attribute("data-condition", "joining")


def test_a_killed_expert_cannot_be_sent_everything_and_the_button_says_why(view: LiveView):
    expect(view.button("force")).to_have_accessible_description(re.compile("Click a card first"))
    card(view, 4).get_by_role("button", name="Expert 4, ").click()
    expect(view.button("force")).to_be_enabled()
    card(view, 4).get_by_role("button", name="Kill").click()
    expect(view.button("force")).to_be_disabled()
    expect(view.button("force")).to_have_accessible_description(re.compile("Expert 4 was killed .* revive it first"))
    view.button("force").click(force=True)
    view.page.wait_for_timeout(300)
    expect(view.button("force")).to_be_visible()  # It would have made room for Release.
    expect(view.button("problem")).to_be_hidden()
    card(view, 4).get_by_role("button", name="Revive afresh").click()
    expect(view.button("force")).to_be_enabled()


def test_everything_is_sent_to_the_chosen_expert_until_it_is_released(view: LiveView):
    expect(view.button("force")).to_be_disabled()
    card(view, 4).get_by_role("button", name="Expert 4, ").click()
    view.press("force")
    view.wait(lambda: view.loads[3] == 1)
    view.press("release")
    view.wait(lambda: view.loads[3] < 1)


def test_of_many_experts_the_chosen_one_has_its_buttons_above(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?num_experts=16")
    expect(view.button("kill")).to_have_count(0)
    hint = view.root.get_by_text("Click a card to freeze, kill or clone it.")
    expect(hint).to_be_visible()
    card(view, 12).get_by_role("button", name="Expert 12, ").click()
    expect(hint).to_be_hidden()
    view.root.get_by_role("button", name="Kill: expert 12").click()
    expect(card(view, 12)).to_have_attribute("data-condition", "killed")


def test_an_added_expert_that_nobody_is_sent_to_says_so(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?balancer=none&router=switch&seed=0&stop_after=300")
    view.press("pace-max")
    view.press("play")
    view.wait(lambda: view.step == 300 and view.state == "paused")
    view.press("add")
    view.press("play")
    new = card(view, 9)
    expect(new).to_have_attribute("data-condition", "joining")
    expect(new).to_have_attribute("data-condition", "unasked", timeout=PATIENCE)
    expect(new.get_by_text("unasked")).to_be_visible()
    expect(new.get_by_role("button", name="Expert 9")).to_have_accessible_description(
        re.compile("no test input was ever sent to it")
    )
