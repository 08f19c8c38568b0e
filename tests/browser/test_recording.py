"""The network dies in the middle of a lecture: a recorded run of the lesson plays instead."""

import pytest
from playwright.sync_api import BrowserContext, Page, expect

from moe_core.config.lesson import NAMES, load
from server import frames
from server.record import STEPS_APART, recording_of
from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView
from tests.browser.test_life import own_server
from tests.browser.token_view import SHOWN, numbers, place
from tests.server.test_record import messages_of

pytestmark = pytest.mark.browser

__all__ = ["own_server"]

RECORDED = [name for name in NAMES if recording_of(name).exists() and load(name).token is None]

COUNT_DIALOGS = """
window.dialogs = 0;
document.addEventListener("DOMContentLoaded", () => new MutationObserver((changes) => {
  const added = changes.flatMap((change) => [...change.addedNodes]);
  window.dialogs += added.filter((node) => node.dataset?.testid === "stDialog").length;
}).observe(document.body, { childList: true }));
"""
"""Streamlit opens one of its own when the server is gone."""


def open_lesson(page: Page, url: str, name: str, query: str = "") -> LiveView:
    """A lesson, with its recording fetched after the first frame of the run, and not before."""
    asked: list[bool] = []
    seen = "performance.getEntriesByName('moe-first-frame').length"
    page.on("request", lambda request: asked.append(".frames" in request.url) if ".frames" in request.url else None)
    with page.expect_response(
        lambda response: f"/recorded/{name}.frames" in response.url, timeout=3 * PATIENCE
    ) as fetched:
        view = LiveView(page).open(f"{url}/{name}{query}")
    fetched.value.finished()
    assert page.evaluate(seen) == 1
    assert len(asked) == 1
    return view


@pytest.mark.parametrize("name", RECORDED)
def test_a_recorded_run_plays_when_the_server_is_gone(context: BrowserContext, own_server: AppServer, name: str):
    page = context.new_page()
    page.add_init_script(COUNT_DIALOGS)
    view = open_lesson(page, own_server.url, name)
    live, asked = view.run, load(name).question.step
    own_server.kill()
    play = view.button("status-action")
    view.wait(lambda: page.evaluate("window.dialogs") == 1)
    expect(page.get_by_role("dialog")).to_have_count(0)
    expect(play).to_have_text("Play the recorded run", timeout=PATIENCE)
    play.click()
    seed = load(name).config.training.seed
    expect(view.root.get_by_text(f"A recording of this lesson's own run, seed {seed}, made with this")).to_be_visible()
    view.wait(lambda: view.state == "running" and view.step > 5 * STEPS_APART)
    speed = view.root.locator(".speed")
    expect(speed).to_have_text("recording, 60 steps/s")
    view.press("play")
    view.expect_state("paused")
    expect(speed).to_have_text("recording")
    reached = view.step
    page.wait_for_timeout(400)
    assert view.step == reached
    view.press("step")
    view.wait(lambda: view.step == reached + STEPS_APART)
    view.press("rewind")
    view.wait(lambda: view.step == 0)
    view.button("timeline").press("End")
    view.wait(lambda: view.step == asked)
    view.button("timeline").press("ArrowLeft")
    view.wait(lambda: view.step == asked - STEPS_APART)
    own_server.start()
    expect(play).to_have_text("Back to the run itself", timeout=PATIENCE)
    assert view.step == asked - STEPS_APART
    play.click()
    view.wait(lambda: view.run == live and view.step != asked - STEPS_APART and view.state == "paused")
    frame = view.frame
    view.press("step")
    view.wait(lambda: view.frame > frame)


def test_a_token_that_was_recorded_is_followed_and_cannot_be_moved(context: BrowserContext, own_server: AppServer):
    page, lesson = context.new_page(), load("gating")
    view = open_lesson(page, own_server.url, "gating")
    picture = view.root.locator("canvas.picture")
    view.wait(lambda: place(view).numel() == 2)
    picture.click(position={"x": 60, "y": 60})
    view.wait(lambda: float(place(view)[0]) < 0)
    own_server.kill()
    play = view.button("status-action")
    expect(play).to_have_text("Play the recorded run", timeout=PATIENCE)
    play.click()
    view.wait(lambda: view.state == "running" and view.step > STEPS_APART)
    view.press("play")
    view.expect_state("paused")
    said = view.root.get_by_text(
        "A recording: the token at (0.96, \u22120.32) is followed through the steps that were recorded."
    )
    expect(said).to_be_visible()
    view.press("rewind")
    view.wait(lambda: view.step == 0)
    for number in (0, 1):
        recorded = frames.unpack(messages_of(recording_of("gating").read_bytes())[number])[0]["pointed"]
        expect(view.root).to_have_attribute("data-step", str(number * STEPS_APART), timeout=PATIENCE)
        assert numbers(view, "logits") == pytest.approx(recorded["stages"]["clean"], abs=SHOWN)
        assert numbers(view, "gradients") == pytest.approx(recorded["stages"]["gradient"], abs=SHOWN)
        view.press("step")
    picture.click(position={"x": 60, "y": 60})
    view.press("step")
    view.wait(lambda: view.step == 3 * STEPS_APART)
    assert place(view).tolist() == pytest.approx(lesson.token)
    assert view.root.locator(".token-input, [data-stage=logits] .token-row").evaluate_all(
        "parts => parts.map((part) => part.inert)"
    ) == [True, True]
    own_server.start()
    expect(play).to_have_text("Back to the run itself", timeout=PATIENCE)
    play.click()
    expect(said).to_be_hidden()
    view.wait(lambda: view.state == "paused" and view.step == 1000)
    picture.click(position={"x": 60, "y": 60})
    view.wait(lambda: float(place(view)[0]) < 0)


def test_where_no_view_says_that_the_server_is_gone_streamlit_does(context: BrowserContext, own_server: AppServer):
    page = context.new_page()
    page.goto(f"{own_server.url}/glossary")
    expect(page.get_by_role("heading", name="Glossary")).to_be_visible(timeout=PATIENCE)
    page.wait_for_load_state("networkidle")
    own_server.kill()
    expect(page.get_by_role("dialog")).to_contain_text("Connection error", timeout=PATIENCE)
