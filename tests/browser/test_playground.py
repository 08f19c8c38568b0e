"""The Playground in a real browser: it paints, trains, obeys, and is found again."""

import re

import pytest
import torch
from playwright.sync_api import BrowserContext, Locator, Page, expect

from tests.browser.app_server import AppServer
from tests.browser.live_view import LiveView

pytestmark = pytest.mark.browser


@pytest.fixture
def view(page: Page, server: AppServer) -> LiveView:
    return LiveView(page).open(f"{server.url}/playground")


def test_the_first_paint_is_a_trained_run_from_a_saved_picture(page: Page, server: AppServer):
    page.route_web_socket("**/live/*", lambda socket: None)  # Nobody answers: all there is to see is the picture.
    page.goto(f"{server.url}/playground")
    view = LiveView(page)
    view.wait(lambda: view.root.count() == 1 and view.step == 1000)
    assert sum(view.loads) == pytest.approx(1.0, abs=1e-3)
    assert view.state not in ("paused", "running")


def test_play_advances_frames_and_steps_and_pause_stops_them(view: LiveView):
    first_frame, first_step = view.frame, view.step
    view.press("play")
    view.wait(lambda: view.frame > first_frame + 20 and view.step > first_step + 20)
    view.expect_state("running")
    view.press("play")
    view.expect_state("paused")
    stopped = view.step
    view.page.wait_for_timeout(500)
    assert view.step == stopped


def test_one_step_is_one_step(view: LiveView):
    before = view.step
    view.press("step")
    view.wait(lambda: view.step == before + 1)
    view.expect_state("paused")


def test_rewind_goes_to_step_0_with_the_same_first_load(view: LiveView):
    view.press("rewind")
    view.wait(lambda: view.step == 0)
    first = view.loads
    view.press("play")
    view.wait(lambda: view.step > 30)
    view.press("rewind")
    view.wait(lambda: view.step == 0)
    assert view.loads == first


def test_the_keyboard_does_what_the_buttons_do(view: LiveView):
    view.root.focus()
    before = view.step
    view.page.keyboard.press("ArrowRight")
    view.wait(lambda: view.step == before + 1)
    view.page.keyboard.press("Space")
    view.expect_state("running")
    view.page.keyboard.press("Space")
    view.expect_state("paused")
    view.page.keyboard.press("Home")
    view.wait(lambda: view.step == 0)


def test_the_pace_is_steps_a_second(view: LiveView):
    view.press("pace-1")
    view.press("play")
    view.page.wait_for_timeout(1000)
    first = view.step
    view.page.wait_for_timeout(2000)
    assert 30 <= view.step - first <= 75


def test_a_live_knob_acts_without_restarting(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?preset=collapse")
    view.press("pace-max")
    view.press("play")
    view.wait(lambda: view.step > 400)
    assert max(view.loads) > 0.9
    choose_balance(page, "1")
    view.wait(lambda: max(view.loads) < 0.25)
    assert view.step > 400
    assert "balance_coefficient=1.0" in page.url


def choose_balance(page: Page, value: str) -> None:
    """Move the slider of the balance coefficient with the arrow keys until it says `value`."""
    slider = page.get_by_role("slider", name="Balance coefficient")
    slider.focus()
    for _ in range(40):
        if slider.get_attribute("aria-valuetext") == value:
            return
        slider.press("ArrowRight")
    raise AssertionError(f"the slider never said {value}")


def seed_box(page: Page) -> Locator:
    """The control of the seed, which stands under More."""
    box = page.get_by_role("spinbutton", name="Seed")
    if not box.is_visible():
        page.get_by_text("More that restarts the run").click()
    return box


def test_a_restarting_knob_starts_again_at_step_0(view: LiveView):
    view.press("play")
    view.wait(lambda: view.step > 1010)
    view.press("play")
    seed_box(view.page).fill("5")
    view.page.keyboard.press("Enter")
    view.wait(lambda: view.step == 0)
    assert "seed=5" in view.page.url


def test_a_deep_link_opens_its_settings_paused_at_step_0(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?num_experts=4&seed=3")
    assert view.step == 0
    view.expect_state("paused")
    assert len(view.loads) == 4


def test_back_returns_to_the_settings_before(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground")
    seed_box(page).fill("5")
    page.keyboard.press("Enter")
    view.wait(lambda: "seed=5" in page.url and view.step == 0)
    page.go_back()
    view.wait(lambda: "seed" not in page.url)
    expect(seed_box(page)).to_have_value("7")


def test_a_bad_link_is_answered_in_plain_words_and_the_rest_is_kept(page: Page, server: AppServer):
    query = "num_experts=1000000&seed=3&colour=<b>red</b>&![](//x.example/a.png)=1"
    view = LiveView(page).open(f"{server.url}/playground?{query}")
    expect(page.get_by_text("num_experts = 1000000 was refused: it is a whole number from 1 to 64.")).to_be_visible()
    expect(page.get_by_text("colour = <b>red</b> was refused")).to_be_visible()
    expect(page.get_by_text("![](//x.example/a.png) = 1 was refused")).to_be_visible()
    assert page.get_by_role("alert").locator("img, a, b").count() == 0
    assert len(view.loads) == 8
    assert "seed=3" in page.url
    assert "num_experts" not in page.url


def test_another_link_in_the_same_window_is_another_run_paused_at_step_0(view: LiveView, server: AppServer):
    first = view.run
    view.press("play")
    view.wait(lambda: view.step > 1010)
    view.open(f"{server.url}/playground?preset=balanced")
    assert view.run != first
    assert view.step == 0
    view.expect_state("paused")


def test_a_changed_preset_says_so_and_has_a_way_back(view: LiveView):
    view.root.evaluate("root => { root.dataset.kept = 'yes'; }")
    seed_box(view.page).fill("5")
    view.page.keyboard.press("Enter")
    expect(view.page.get_by_text("Changed from Specialists: Seed 5.")).to_be_visible()
    expect(view.root).to_have_attribute("data-kept", "yes")  # The view was not built anew.
    view.page.get_by_role("button", name="Back to Specialists").click()
    expect(seed_box(view.page)).to_have_value("7")


def test_a_reload_finds_the_same_run(view: LiveView):
    view.press("step")
    view.wait(lambda: view.step == 1001)
    run = view.run
    view.page.reload()
    view.wait(lambda: view.connected)
    assert view.run == run
    assert view.step == 1001


@pytest.mark.parametrize("duplicated", [False, True], ids=["opened", "duplicated"])
def test_two_windows_do_not_share_a_run(view: LiveView, context: BrowserContext, server: AppServer, duplicated):
    """A duplicated window starts with a copy of the first one's storage, and so with its run's id."""
    page = context.new_page()
    other = LiveView(page).open(f"{server.url}/playground")
    if duplicated:
        storage = view.page.evaluate("sessionStorage['moe-lab-run:playground']")
        page.evaluate("storage => { sessionStorage['moe-lab-run:playground'] = storage; }", storage)
        page.reload()
        other.wait(lambda: other.connected)
    assert other.run != view.run
    other.press("step")
    other.wait(lambda: other.step == 1001)
    assert view.step == 1000


def test_divergence_says_so_and_rewind_recovers(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?learning_rate=1000000")
    view.press("play")
    view.expect_state("diverged")
    expect(view.root.get_by_text("Training diverged after step 1")).to_be_visible()
    view.press("rewind")
    view.wait(lambda: view.step == 0)
    view.expect_state("paused")


def test_the_wide_network_has_its_curve_and_its_words(view: LiveView):
    expect(view.root.get_by_text("Plain: same work, 12 units")).to_be_visible()
    expect(view.root.get_by_text("Wide: same size, 72 units")).to_be_visible()
    for column in ("wide_test_loss", "wide_test_score", "plain_test_loss", "plain_test_score"):
        expect(view.button(column)).to_have_text(re.compile(r"\d"))
    assert view.button("wide_test_score").inner_text() != view.button("plain_test_score").inner_text()


def test_a_missing_device_is_said_and_the_run_begins_elsewhere(page: Page, server: AppServer):
    missing = "cuda" if not torch.cuda.is_available() else "mps"
    view = LiveView(page).open(f"{server.url}/playground?device={missing}&num_experts=5")
    expect(view.button("problem")).to_contain_text(f"device = {missing} was refused: this machine does not have it")
    assert len(view.loads) == 5
    view.press("step")
    view.wait(lambda: view.step == 1)


def test_the_plane_switches_to_the_prediction(view: LiveView):
    view.press("prediction")
    expect(view.button("prediction")).to_have_attribute("aria-pressed", "true")
    view.press("owner")
    expect(view.button("owner")).to_have_attribute("aria-pressed", "true")


def test_leaving_the_page_and_coming_back_restores_the_experiment(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?seed=3")
    run = view.run
    page.get_by_role("link", name="Home").first.click()
    expect(page.get_by_role("heading", name="See what a mixture of experts does")).to_be_visible()
    page.get_by_role("link", name="Playground").first.click()
    view.wait(lambda: view.connected)
    assert "seed=3" in page.url
    assert view.run == run
