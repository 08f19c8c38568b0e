"""Processes die, on purpose and by accident, and the person in front of the screen loses nothing."""

import os
import signal
from collections.abc import Iterator

import pytest
from playwright.sync_api import BrowserContext, expect

from tests.browser.app_server import AppServer, free_port
from tests.browser.live_view import LiveView
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
    view.wait(lambda: view.state == "running" and view.step > reached + 10)
    assert view.run == run
    assert workers_of(own_server.port) == workers


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
