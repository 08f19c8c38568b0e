"""Streamlit mounts a component again whenever its data changed, and the view must stay what it is."""

import pytest
from playwright.sync_api import Page, WebSocket

from tests.browser.app_server import AppServer
from tests.browser.live_view import LiveView

pytestmark = pytest.mark.browser

KEEP_THE_DATA = """
const parse = JSON.parse;
JSON.parse = (text) => {
  const value = parse(text);
  if (value?.settings_labels) {
    window.viewData = value;
  }
  return value;
};
"""
"""The view's data reach the page's own script only as bytes: this keeps what was read from them."""

MOUNT_AGAIN = """
async (root) => {
  const { mount } = await import(window.viewData.view);
  const cleanUp = mount({ data: window.viewData, parentElement: root.parentNode });
  cleanUp();
}
"""


def test_a_mount_that_is_overtaken_before_the_next_one_leaves_the_view_alone(page: Page, server: AppServer):
    page.add_init_script(KEEP_THE_DATA)
    view = LiveView(page).open(f"{server.url}/playground?preset=collapse")
    element = view.root.element_handle()
    view.root.evaluate(MOUNT_AGAIN)
    assert element.evaluate("root => root.isConnected")
    view.train_a_little()
    assert element.evaluate("root => root.isConnected")


MOUNT_ANOTHER_VERSION = """
async (root) => {
  const { mount } = await import(`${window.viewData.view}&another`);
  const tell = { setStateValue: () => {}, setTriggerValue: () => {} };
  window.cleanUp = mount({ data: window.viewData, parentElement: root.parentNode, ...tell });
}
"""


def test_another_version_of_the_view_takes_its_place_and_its_run(page: Page, server: AppServer):
    page.add_init_script(KEEP_THE_DATA)
    view = LiveView(page).open(f"{server.url}/playground?preset=collapse")
    view.press("step")
    view.wait(lambda: view.step == 1)
    run, element = view.run, view.root.element_handle()
    view.root.evaluate(MOUNT_ANOTHER_VERSION)
    assert not element.evaluate("root => root.isConnected")
    view.wait(lambda: view.connected and view.step == 1)
    assert view.root.count() == 1
    assert view.run == run
    view.press("step")
    view.wait(lambda: view.step == 2)


def test_a_view_whose_page_is_left_lets_go_of_its_run(page: Page, server: AppServer):
    sockets: list[str] = []
    page.on("websocket", lambda socket: socket.on("close", lambda closed: sockets.append(closed.url)))
    LiveView(page).open(f"{server.url}/playground?preset=collapse")
    page.get_by_role("link", name="Home").click()
    page.wait_for_url(f"{server.url}/")
    LiveView(page).wait(lambda: any("/live/" in url for url in sockets))


def test_the_page_learns_of_a_run_once_its_first_frame_is_there(page: Page, server: AppServer):
    told: list[tuple[str, bytes]] = []

    def note(what: str, payload: bytes | str) -> None:
        if isinstance(payload, bytes):
            told.append((what, payload))

    def listen(socket: WebSocket) -> None:
        if "/live/" in socket.url:
            socket.on("framereceived", lambda payload: note("frame", payload))
        else:
            socket.on("framesent", lambda payload: note("report", payload))

    page.on("websocket", listen)
    view = LiveView(page).open(f"{server.url}/playground?preset=collapse")

    def order() -> list[str]:
        run = view.run.encode()
        return [what for what, payload in told if what == "frame" or run in payload]

    view.wait(lambda: "report" in order())
    assert order().index("frame") < order().index("report")
