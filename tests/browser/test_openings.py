"""A situation that is opened shows that situation, whatever became of the run before; a reload shows the run."""

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.app_server import AppServer
from tests.browser.live_view import LiveView

pytestmark = pytest.mark.browser

SITUATIONS = [("specialists", "Specialists", 1000), ("balanced", "Digits, balanced", 0)]
"""One with a saved run and one without: its name, its title and the step at which it begins."""

MOMENTS = range(0, 1000, 100)
"""Milliseconds for which a person stays on Home, within which its view comes and reports to its page."""


def with_a_killed_expert(page: Page, server: AppServer, preset: str) -> LiveView:
    view = LiveView(page).open(f"{server.url}/playground?preset={preset}")
    view.root.get_by_role("button", name="Kill: expert").first.click()
    expect(killed(view)).to_have_count(1)
    return view


def killed(view: LiveView) -> Locator:
    return view.root.locator("[data-condition=killed]")


@pytest.mark.parametrize(("preset", "title", "step"), SITUATIONS)
def test_a_situation_chosen_again_begins_anew_and_until_then_a_reload_finds_the_run(
    page: Page, server: AppServer, preset: str, title: str, step: int
):
    view = with_a_killed_expert(page, server, preset)
    run = view.run
    page.reload()
    view.wait(lambda: view.connected)
    assert view.run == run
    expect(killed(view)).to_have_count(1)
    situation = page.get_by_test_id("stMain").get_by_role("radio", name=title, exact=True)
    situation.click()
    view.wait(lambda: view.run != run and view.state == "paused")
    expect(killed(view)).to_have_count(0)
    expect(situation).to_be_checked()
    assert view.step == step


@pytest.mark.parametrize(("preset", "title", "step"), SITUATIONS)
def test_a_door_opens_the_situation_and_the_way_back_to_the_page_the_run(
    page: Page, server: AppServer, preset: str, title: str, step: int
):
    view = with_a_killed_expert(page, server, preset)
    run = view.run
    page.get_by_role("link", name="Home").first.click()
    page.get_by_role("link", name="Playground").first.click()
    view.wait(lambda: view.connected)
    assert view.run == run
    expect(killed(view)).to_have_count(1)
    page.get_by_role("link", name="Home").first.click()
    page.get_by_test_id("stMain").get_by_role("link", name=title, exact=True).click()
    view.wait(lambda: view.connected and view.run != run)
    expect(killed(view)).to_have_count(0)
    assert view.step == step


def test_who_goes_on_while_a_page_still_opens_is_not_called_back(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?preset=balanced")
    run = view.run
    for moment in MOMENTS:
        page.get_by_role("link", name="Home").first.click()
        page.wait_for_timeout(moment)
        page.get_by_role("link", name="Playground").first.click()
        view.wait(lambda: view.connected and view.run == run)
