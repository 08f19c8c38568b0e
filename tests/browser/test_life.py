"""Processes die, on purpose and by accident, and the person in front of the screen loses nothing."""

import os
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.browser.app_server import AppServer, free_port
from tests.browser.live_view import PATIENCE, LiveView
from tests.browser.processes import host_of, workers_of

pytestmark = pytest.mark.browser


@pytest.fixture
def own_server() -> Iterator[AppServer]:
    """A server that this test may kill."""
    server = AppServer(free_port())
    yield server
    if server.process.poll() is None:
        server.stop()


def test_a_killed_worker_is_said_and_restarted_from_its_kept_state(context: BrowserContext, own_server: AppServer):
    view = LiveView(context.new_page()).open(f"{own_server.url}/playground?seed=3")
    view.press("step")
    view.wait(lambda: view.step == 1)
    view.press("step")
    view.wait(lambda: view.step == 2)
    (worker,) = workers_of(own_server.port)
    view.page.wait_for_timeout(300)  # A paused run is kept at once; its file takes a moment.
    os.kill(worker, signal.SIGKILL)
    expect(view.root).to_have_attribute("data-state", "lost", timeout=1000)
    view.press("status-action")
    view.expect_state("paused")
    assert view.step == 2


def test_a_killed_web_server_finds_its_runs_again(context: BrowserContext, own_server: AppServer):
    view = LiveView(context.new_page()).open(f"{own_server.url}/playground?seed=3")
    view.press("play")
    view.wait(lambda: view.step > 10)
    run, workers = view.run, workers_of(own_server.port)
    own_server.kill()
    own_server.start()
    reached = view.step

    def goes_on() -> bool:
        if view.state == "paused":  # The server took so long to start that the run paused for want of a page.
            view.press("play")
        return view.state == "running" and view.step > reached + 10

    view.wait(goes_on)
    assert view.run == run
    assert workers_of(own_server.port) == workers
    app = view.page.get_by_test_id("stApp")
    expect(app).to_have_attribute("data-test-connection-state", "CONNECTED", timeout=PATIENCE)
    expect(app).to_have_attribute("data-test-script-state", "notRunning", timeout=PATIENCE)
    view.page.get_by_role("button", name="Measure now").click()  # The new server's page is whole, and knows the run.
    expect(view.page.get_by_test_id("rest-status")).to_contain_text("Measured at step", timeout=PATIENCE)


def test_a_killed_host_is_replaced_and_the_run_goes_on_from_its_kept_state(
    context: BrowserContext, own_server: AppServer
):
    view = LiveView(context.new_page()).open(f"{own_server.url}/playground?seed=3")
    view.press("step")
    view.wait(lambda: view.step == 1)
    view.page.wait_for_timeout(300)
    host = next(pid for pid in host_of(own_server.port) if pid not in workers_of(own_server.port))
    os.kill(host, signal.SIGKILL)
    view.wait(lambda: view.state in ("lost", "paused") and host not in host_of(own_server.port))
    view.wait(lambda: view.state == "lost")
    view.press("status-action")
    view.expect_state("paused")
    assert view.step == 1


def test_closing_the_window_frees_the_worker(context: BrowserContext, own_server: AppServer):
    page = context.new_page()
    view = LiveView(page).open(f"{own_server.url}/playground?seed=3")
    assert len(workers_of(own_server.port)) == 1
    page.close()
    waiting = context.new_page()
    for _ in range(45):
        if not workers_of(own_server.port):
            break
        waiting.wait_for_timeout(1000)
    assert workers_of(own_server.port) == []
    assert view.page.is_closed()


def test_ctrl_c_leaves_nothing(context: BrowserContext, own_server: AppServer):
    LiveView(context.new_page()).open(f"{own_server.url}/playground?seed=3")
    assert host_of(own_server.port) != []
    own_server.stop()
    assert host_of(own_server.port) == []


def test_a_saved_picture_that_comes_late_does_not_overwrite_the_run(page: Page, server: AppServer):
    held: list[Route] = []
    page.route("**/pretrained/*.frame*", lambda route: held.append(route))
    view = LiveView(page).open(f"{server.url}/playground")
    view.press("step")
    view.wait(lambda: view.step == 1001)
    frames = release(held, view)
    assert (view.step, view.state) == (1001, "paused")
    assert view.frame == frames


def test_a_situation_chosen_while_a_run_trains_is_shown_from_its_start_whichever_comes_first(
    page: Page, server: AppServer
):
    """Neither the run that is left nor a late picture of the new one is drawn over what the new run says."""
    view = LiveView(page).open(f"{server.url}/playground")
    view.press("pace-max")
    view.press("play")
    view.wait(lambda: view.step > 1100)
    left = view.run
    held: list[Route] = []
    page.route("**/pretrained/*.frame*", lambda route: held.append(route))
    page.get_by_text("Rescue", exact=True).click()
    view.wait(lambda: view.run != left and view.state == "paused")
    saved = view.step
    view.press("step")
    view.wait(lambda: view.step == saved + 1)
    release(held, view)
    assert (view.step, view.state) == (saved + 1, "paused")
    assert max(view.loads) > 0.9  # Collapsed, as that situation is.


def release(held: list[Route], view: LiveView) -> int:
    """Let the pictures come that were held back, with time to be drawn. Returns how many frames came before."""
    frames = view.frame
    assert held != []
    with view.page.expect_response("**/pretrained/*.frame*"):
        for route in held:
            route.continue_()
    view.page.wait_for_timeout(500)
    return frames


TIMERS = """
async () => {
  const { LiveView } = await import("/assets/live_view/view.js");
  const labels = await (await fetch("/assets/live_view/labels.en.json")).json();
  const pending = new Set();
  const { setTimeout: set, clearTimeout: clear } = window;
  window.setTimeout = (act, after) => {
    const timer = set(() => pending.delete(timer) && act(), after);
    pending.add(timer);
    return timer;
  };
  window.clearTimeout = (timer) => {
    pending.delete(timer);
    clear(timer);
  };
  const settings = { task: "points", points: "" };
  const page = { page: "timers", connect: "on-demand", layout: "playground", shows: ["curves"] };
  const data = { labels, settings, live: "/live", ...page };
  const view = new LiveView(document.body, data, { run: () => {}, change: () => {} });
  document.body.append(view.root);
  const moment = { step: 3, run_version: 1, log_length: 0 };
  view.timeline.ask(3); // Its step may never come; and a connection that is refused will be tried again.
  while (pending.size < 2) {
    await new Promise((resolve) => set(resolve, 5));
  }
  view.rest.see("run", "paused", moment);
  view.members.columns[0].stage.board.applySoon();
  const running = pending.size;
  view.dispose();
  return [running, pending.size, document.querySelectorAll(".live-view").length];
}
"""


def test_a_view_that_is_taken_away_leaves_no_timer_behind(page: Page, server: AppServer):
    page.route_web_socket("**/live/*", lambda socket: socket.close(code=1011))
    page.goto(f"{server.url}/assets/live_view/labels.en.json")
    running, left, views = page.evaluate(TIMERS)
    assert (running, left, views) == (4, 0, 0)
