"""All situations are seen and reached, by mouse and keyboard, at a desk and on a phone; the view still comes first."""

import pytest
from playwright.sync_api import Locator, Page, expect

from moe_core.config import presets
from tests.browser.app_server import AppServer
from tests.browser.live_view import LiveView

pytestmark = pytest.mark.browser

TITLES = [presets.load(name).title for name in presets.NAMES]


def box_of(locator: Locator):
    box = locator.bounding_box()
    assert box is not None
    return box


def test_all_situations_are_seen_at_once_in_two_rows(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground")
    rows = page.get_by_role("radiogroup", name="Situations")
    boxes = [box_of(rows.get_by_role("radio", name=title, exact=True)) for title in TITLES]
    assert all(box["x"] >= 0 and box["x"] + box["width"] <= 1280 for box in boxes)
    assert len({box["y"] for box in boxes}) == 2
    assert box_of(view.root)["y"] <= 160
    expect(page.get_by_role("combobox", name="Situation")).to_be_hidden()


def test_each_situation_is_reached_by_keyboard(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground")
    rows = page.get_by_role("radiogroup", name="Situations")
    rows.get_by_role("radio", name=TITLES[0], exact=True).focus()
    for title in TITLES[1:]:
        page.keyboard.press("ArrowRight")
        expect(rows.get_by_role("radio", name=title, exact=True)).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url(f"**preset={presets.NAMES[-1]}")
    expect(rows.get_by_role("radio", name=TITLES[-1], exact=True)).to_be_checked()
    view.wait(lambda: view.connected)


def test_on_a_phone_the_situations_are_a_list(page: Page, server: AppServer):
    page.set_viewport_size({"width": 390, "height": 844})
    view = LiveView(page).open(f"{server.url}/playground")
    expect(page.get_by_role("radiogroup", name="Situations")).to_be_hidden()
    picture = box_of(view.root.locator("canvas.picture"))
    assert picture["y"] + picture["height"] <= 700
    chosen = page.get_by_role("combobox", name="Situation")
    chosen.click()
    for title in TITLES:
        expect(page.get_by_role("option", name=title, exact=True)).to_have_count(1)
    page.get_by_role("option", name=TITLES[-1], exact=True).click()
    page.wait_for_url(f"**preset={presets.NAMES[-1]}")
    view.wait(lambda: view.connected)


def test_before_a_room_the_situations_are_a_list_beside_what_to_look_for(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?present=1")
    expect(page.get_by_role("radiogroup", name="Situations")).to_be_hidden()
    chosen = page.get_by_role("combobox", name="Situation")
    box, look_for = box_of(chosen), box_of(page.get_by_text("Look for:"))
    assert box["x"] + box["width"] < look_for["x"]
    assert box_of(view.root)["y"] <= 75
    chosen.click()
    page.get_by_role("option", name=TITLES[1], exact=True).click()
    page.wait_for_url(f"**preset={presets.NAMES[1]}*")
    view.wait(lambda: view.connected)


def test_before_a_room_every_button_has_its_word_and_the_state_is_in_sight(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?present=1")
    words = {"step": "Step", "rewind": "Rewind", "new_weights": "New weights", "new_data": "New data"}
    words |= {"force": "Send all", "add": "Add expert"}
    for name, word in words.items():
        button, text = box_of(view.button(name)), box_of(view.button(name).get_by_text(word))
        assert text["width"] > 20
        assert button["x"] <= text["x"]
        assert text["x"] + text["width"] <= button["x"] + button["width"]
        assert button["y"] <= text["y"]
        assert text["y"] + text["height"] <= button["y"] + button["height"]
    status = box_of(view.root.locator(".status-line"))
    assert status["y"] + status["height"] <= 800


def test_homes_question_follows_its_pictures_on_a_phone(page: Page, server: AppServer):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(server.url)
    view = LiveView(page)
    view.wait(lambda: view.root.count() == 1 and view.step == 1000)
    pictures, guess = box_of(view.root.locator(".pair")), box_of(view.root.locator(".guess"))
    play = box_of(view.button("play"))
    assert 0 <= guess["y"] - pictures["y"] - pictures["height"] <= 30
    assert guess["y"] + guess["height"] <= play["y"] <= 844 - play["height"]


def test_on_a_phone_the_same_situation_can_be_opened_again(page: Page, server: AppServer):
    page.set_viewport_size({"width": 390, "height": 844})
    view = LiveView(page).open(f"{server.url}/playground?preset=rescue&seed=5")
    run = view.run
    page.get_by_role("button", name="Open again").click()
    view.wait(lambda: view.run != run and view.state == "paused" and view.step == 800)
    assert page.url.endswith("preset=rescue")
    view.press("step")
    view.wait(lambda: view.step == 801)
    page.get_by_role("button", name="Open again").click()
    view.wait(lambda: view.state == "paused" and view.step == 800)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_the_page_has_a_title_for_who_hears_it_and_it_takes_no_room(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground")
    expect(page.get_by_role("heading", level=1, name="Playground")).to_have_count(1)
    assert box_of(view.root)["y"] <= 160
