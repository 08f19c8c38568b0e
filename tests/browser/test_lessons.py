"""Lessons in a real browser: each shows what it teaches with the seed it ships, to a room and on a phone too."""

import re

import pytest
from playwright.sync_api import Page, expect

from moe_core.config.lesson import NAMES, load, measured
from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView

pytestmark = pytest.mark.browser

FAST = "5"
"""The key for as fast as it goes."""


def open_lesson(page: Page, server: AppServer, query: str = "") -> LiveView:
    return LiveView(page).open(f"{server.url}/collapse{query}")


def effective_experts(view: LiveView) -> list[float]:
    """Of each member, as printed beside its curve."""
    return [float(text) for text in view.root.locator("[data-testid=effective_experts] .value").all_inner_texts()]


def test_collapse_leaves_a_few_experts_beside_a_twin_that_keeps_them_all(page: Page, server: AppServer):
    """And what was guessed, measured here and measured over seeds stand in one line, which stays after a reload."""
    view = open_lesson(page, server)
    step, (few, _, all_) = load("collapse").question.step, load("collapse").question.choices
    view.press("guess-1")
    answer = view.button("guess-answer")
    expect(answer).to_have_text(f"Your guess: 3 to 6. The run pauses at step {step}, where it is measured.")
    page.keyboard.press(FAST)
    expect(answer).to_contain_text("Measured", timeout=3 * PATIENCE)
    view.expect_state("paused")
    assert view.step == step
    found = measured("collapse")
    assert found is not None
    said = re.fullmatch(
        rf"Your guess: 3 to 6\. Measured at step {step}: ([\d.]+) effective experts in the left run\. "
        r"Over 20 seeds, at the same step: ([\d.]+) to ([\d.]+)\.",
        answer.inner_text(),
    )
    assert said
    here, low, high = map(float, said.groups())
    assert (low, high) == (round(found.low, 1), round(found.high, 1))
    assert few[0] <= low <= here <= high < few[1]
    left, right = effective_experts(view)
    assert left < few[1]
    assert right > all_[0] - 0.5
    # Accuracy hides it.
    scores = view.root.locator("[data-testid=mixture-card] [data-score=mixture] .score-value").all_inner_texts()
    assert all(float(score.rstrip("%")) > 95 for score in scores)
    page.reload()
    view.wait(lambda: view.connected)
    expect(view.button("guess-answer")).to_have_text(said.group(), timeout=PATIENCE)
    expect(view.button("guess-0")).to_be_hidden()
    page.goto(server.url)
    expect(page.get_by_test_id("lesson-collapse")).to_have_text("run", timeout=PATIENCE)


def test_a_cure_is_given_to_the_run_as_it_is_and_a_variation_starts_anew(page: Page, server: AppServer):
    view = open_lesson(page, server)
    view.train_a_little()
    run, step = view.run, view.step
    page.get_by_role("button", name="Balance: α = 1").click()
    view.wait(lambda: view.state == "running" and view.step > step)
    assert view.run == run
    assert "balance_coefficient=1" in page.url
    expect(view.button("guess-answer")).to_be_hidden()
    page.get_by_role("button", name="The digits", exact=True).click()
    view.wait(lambda: view.read("picture") == "matrix" and view.state == "running" and view.step > 5)
    expect(view.root.get_by_test_id("member").nth(1)).to_have_attribute("aria-label", "Balance coefficient 1")
    page.get_by_role("button", name="The lesson's own run").click()
    view.wait(lambda: view.read("picture") == "plane" and view.step == 0)
    assert page.url == f"{server.url}/collapse"


def test_after_a_cure_one_click_leads_back_to_the_run_before_it(page: Page, server: AppServer):
    view = open_lesson(page, server)
    view.train_a_little()
    treated_at = view.step
    page.get_by_role("button", name="Balance: α = 1").click()
    view.wait(lambda: view.state == "running" and view.step > treated_at + 20)
    assert "balance_coefficient=1" in page.url
    page.get_by_role("button", name="Noise: jitter 1").click()
    view.wait(lambda: "input_jitter=1" in page.url and view.state == "running")
    page.get_by_role("button", name="The patient again").click()
    view.wait(lambda: view.step <= treated_at and view.state == "paused")
    expect(page).not_to_have_url(re.compile("[?&](input_jitter|balance_coefficient)="), timeout=PATIENCE)


def test_revival_makes_every_idle_expert_a_copy_and_spares_the_others(page: Page, server: AppServer):
    view = open_lesson(page, server)
    page.keyboard.press(FAST)
    view.press("play")
    view.wait(lambda: view.step > 200)
    view.press("play")
    view.expect_state("paused")
    first = view.root.get_by_test_id("member").first
    idle = [number for number, load in enumerate(view.loads[:8], start=1) if load < 0.1 / 8]
    assert 1 <= len(idle) <= 7
    page.get_by_role("button", name="Revive the idle ones").click()
    revived = first.get_by_text(re.compile(r"revive expert \d as a copy"))
    expect(revived).to_have_count(len(idle), timeout=PATIENCE)
    for number in idle:
        expect(first.get_by_text(f"revive expert {number} as a copy")).to_have_count(1)


def test_a_room_is_asked_by_show_of_hands_and_sees_only_the_controls_that_the_link_names(page: Page, server: AppServer):
    view = open_lesson(page, server, "?present=1&show=balance_coefficient")
    expect(page.get_by_test_id("stSlider")).to_have_count(1)
    expect(page.get_by_role("link", name="Playground")).to_have_count(0)
    expect(view.root.get_by_text("Hands", exact=True)).to_have_count(3)
    view.root.get_by_label("Hands raised for 6 to 8").fill("14")
    view.press("guess-none")
    expect(view.button("guess-answer")).to_contain_text("14 said 6 to 8")
    view.wait(lambda: view.step > 5)
    assert "show=balance_coefficient" in page.url


def test_a_broken_link_opens_with_the_lessons_own_settings_and_says_why(page: Page, server: AppServer):
    view = open_lesson(page, server, "?seed=-1&learning_rate=0.5")
    expect(page.get_by_text("seed = -1 was refused")).to_be_visible()
    expect(page.get_by_text("The page opened with its own settings.")).to_be_visible()
    expect(view.button("guess-0")).to_be_visible()
    assert page.url == f"{server.url}/collapse"


@pytest.mark.parametrize("name", NAMES)
def test_a_lesson_fits_a_phone(page: Page, server: AppServer, name: str):
    page.set_viewport_size({"width": 390, "height": 844})
    LiveView(page).open(f"{server.url}/{name}")
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
