"""Home in a real browser: a trained mixture at first sight, a run of its own on demand, and doors to what there is."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView

pytestmark = pytest.mark.browser


INK = """
(canvas) => {
    const { data } = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
    let ink = 0;
    for (let i = 0; i < data.length; i += 4) {
        ink += data[i] < 50 && data[i + 1] < 50 && data[i + 2] < 50;
    }
    return ink;
}
"""
"""How many pixels of a picture are as dark as a point of the data, or a border."""


@pytest.fixture
def view(page: Page, server: AppServer) -> LiveView:
    page.goto(server.url)
    view = LiveView(page)
    view.wait(lambda: view.root.count() == 1 and view.state == "saved")
    return view


def test_home_shows_a_saved_run_and_trains_only_when_asked(view: LiveView):
    assert view.step == 1000
    view.press("rewind")
    view.wait(lambda: view.state == "paused" and view.step == 0)
    view.press("play")
    view.wait(lambda: view.step > 30)


def test_home_says_what_a_mixture_of_experts_is(view: LiveView):
    said = view.page.get_by_text("A receptionist sends each patient to the right specialist.")
    expect(said).to_be_visible()
    expect(said).to_contain_text("On day one nobody is a specialist, and the receptionist is new too.")
    assert top(said) < top(view.root) < 400


def top(locator: Locator) -> float:
    box = locator.bounding_box()
    assert box is not None
    return box["y"]


def test_what_was_measured_does_not_answer_the_guess_before_it_is_made(view: LiveView):
    scores = [view.button("mixture-score"), view.button("plain-score")]
    veil = view.root.get_by_text("Shown once you have guessed, or pressed play.")
    for score in scores:
        expect(score).to_have_text("?")
    expect(veil).to_be_visible()
    expect(view.root.locator(".score-curve canvas")).to_be_hidden()
    assert "98.7" not in (view.root.text_content() or "")
    # Nor do the pictures: without the data nobody sees where the plain network is wrong.
    pictures, legends = view.root.locator("canvas.picture"), view.root.locator(".legend")
    for side in range(2):
        expect(legends.nth(side)).to_be_hidden()
    before = [pictures.nth(side).evaluate(INK) for side in range(2)]
    view.press("play")
    expect(legends.first).to_be_visible()
    view.wait(lambda: view.step > 1010)
    after = [pictures.nth(side).evaluate(INK) for side in range(2)]
    assert all(more > less + 300 for less, more in zip(before, after, strict=True)), (before, after)
    expect(veil).to_be_hidden()
    for score in scores:
        expect(score).to_have_text(re.compile(r"%$"), timeout=PATIENCE)
    expect(view.root.locator(".score-curve canvas")).to_be_visible()


@pytest.mark.parametrize(("guess", "said"), [("0", "Your guess: Left."), ("none", "No guess.")])
def test_a_guess_trains_again_and_is_answered_with_what_was_measured(view: LiveView, guess: str, said: str):
    view.press(f"guess-{guess}")
    answer = view.button("guess-answer")
    expect(answer).to_have_text(f"{said} The run pauses at step 1,000, where it is measured.")
    view.page.keyboard.press("5")  # As fast as it goes.
    expect(answer).to_contain_text("Measured at step 1,000", timeout=3 * PATIENCE)
    # The same first weights and the same batches: what the saved run was at this step.
    assert answer.inner_text() == (
        f"{said} Measured at step 1,000: 98.7% for the mixture on the left, 74.4% for the plain network on the right."
    )


def test_a_reload_in_the_middle_of_a_guessed_run_goes_on_with_it(view: LiveView):
    view.press("guess-0")
    view.wait(lambda: 50 < view.step < 900)
    run = view.run
    view.press("play")
    view.expect_state("paused")
    reached = view.step
    view.page.reload()
    view.wait(lambda: view.connected)
    assert (view.run, view.step) == (run, reached)
    expect(view.button("guess-answer")).to_have_text(
        "Your guess: Left. The run pauses at step 1,000, where it is measured."
    )


def test_a_door_opens_the_playground_at_its_situation(page: Page, view: LiveView, server: AppServer):
    page.get_by_role("link", name="Collapse on digits").click()
    view.wait(lambda: view.connected)
    expect(page).to_have_url(f"{server.url}/playground?preset=collapse")


def test_the_map_of_concepts_leads_to_a_page_where_there_is_one(page: Page, view: LiveView, server: AppServer):
    concepts = page.locator(".concepts")
    expect(concepts.get_by_role("listitem").filter(has_text="Capacity").last).to_contain_text("later")
    concepts.get_by_role("link", name="Rescue").click()
    view.wait(lambda: view.connected)
    expect(page).to_have_url(f"{server.url}/playground?preset=rescue")
    assert view.step == 800
    assert sum(load > 0.1 for load in view.loads) == 1


@pytest.mark.parametrize("path", ["/?present=1", "/playground?present=1"])
def test_presenting_is_large_and_free_of_everything_around(page: Page, server: AppServer, path: str):
    page.goto(server.url + path)
    view = LiveView(page)
    view.wait(lambda: view.root.count() == 1 and view.step == 1000)
    expect(page.get_by_test_id("stHeader")).to_be_hidden()
    expect(page.get_by_role("link", name="Playground")).to_have_count(0)
    assert page.evaluate("parseFloat(getComputedStyle(document.documentElement).fontSize)") >= 18
    assert "present=1" in page.url


def test_home_fits_a_phone(page: Page, server: AppServer):
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(server.url)
    view = LiveView(page)
    view.wait(lambda: view.root.count() == 1 and view.step == 1000)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= 390
    for concept in page.locator(".concepts .concept").all():
        box = concept.bounding_box()
        assert box is not None
        assert box["width"] > 250


def test_a_situation_that_is_chosen_opens_with_its_saved_run_and_a_knob_turned_back_does_not(
    page: Page, server: AppServer
):
    view = LiveView(page).open(f"{server.url}/playground?preset=dense")
    view.press("step")
    view.wait(lambda: view.step == 1)
    page.get_by_role("radio", name="Rescue").click()
    view.wait(lambda: view.state == "paused" and view.step == 800)
    assert sum(load > 0.1 for load in view.loads) == 1
    run = view.run
    slider = page.get_by_role("slider", name="Learning rate")
    slider.focus()
    slider.press("ArrowRight")
    view.wait(lambda: "learning_rate" in page.url)
    view.press("step")
    view.wait(lambda: view.step == 801)
    slider.focus()
    slider.press("ArrowLeft")
    view.wait(lambda: "learning_rate" not in page.url)
    view.press("step")
    view.wait(lambda: view.step == 802)
    assert view.run == run
