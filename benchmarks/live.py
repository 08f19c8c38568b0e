"""The live view in headless Chromium: how soon it is there, how fast it moves, how quickly it obeys.

All times are taken inside the browser, by its own clock, but for the cold start, which begins with the server process.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

from playwright.sync_api import Browser, Locator, Page, sync_playwright

from benchmarks.row import Row, table
from tests.browser import chromium
from tests.browser.app_server import AppServer, free_port
from tests.browser.conftest import FLAGS
from tests.browser.live_view import LiveView

BARE_PAGE, BARE_LINE = "benchmarks/bare_page.py", "One line."
VISITS, WINDOWS, PRESSES = 9, 5, 10
WINDOW_SECONDS = 3.0
GROUPS = {
    2: ("balance_coefficient:0", 20),
    4: ("balance_coefficient:0;balance_coefficient:1;router:sigmoid", 15),
}
"""Of so many members: what the further ones have otherwise, and the frames a second that are asked for."""

NOTE_THE_SOCKET = """
window.socketOpenedAt = [];
window.WebSocket = class extends window.WebSocket {
  constructor(address, ...rest) {
    super(address, ...rest);
    if (String(address).includes("/live/")) window.socketOpenedAt.push(performance.now());
  }
};
"""

TIME_TO_LINE = """
(line) => new Promise((resolve) => {
  const isThere = () => [...document.querySelectorAll("p")].some((node) => node.textContent === line);
  const look = () => (isThere() ? requestAnimationFrame(() => resolve(performance.now())) : setTimeout(look, 5));
  look();
})
"""

TIME_TO_FRAME = """
(event) => {
  const view = document.querySelector("[data-testid=live-view]") ?? findIn(document);
  function findIn(root) {
    for (const node of root.querySelectorAll("*")) {
      if (node.shadowRoot) {
        const found = node.shadowRoot.querySelector("[data-testid=live-view]") ?? findIn(node.shadowRoot);
        if (found) return found;
      }
    }
    return null;
  }
  window.acted = new Promise((resolve, reject) => {
    setTimeout(() => reject(new Error("No frame came within ten seconds.")), 10_000);
    let began = null;
    window.addEventListener(event, () => { began ??= performance.now(); }, { capture: true, once: true });
    const before = view.dataset.frame;
    new MutationObserver((_, observer) => {
      if (began !== null && view.dataset.frame !== before) {
        observer.disconnect();
        requestAnimationFrame(() => resolve(performance.now() - began));
      }
    }).observe(view, { attributes: true, attributeFilter: ["data-frame"] });
  });
}
"""


def measure() -> list[Row]:
    """Every row of the live view, on a server of its own."""
    path = chromium.find()
    if path is None:
        raise RuntimeError("There is no Chromium here: run python -m tests.browser.chromium first.")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(path), args=FLAGS)
        began = time.time()
        server = AppServer(free_port())
        bare = None
        try:
            cold = _cold_start(browser, server, began)
            bare = AppServer(free_port(), BARE_PAGE)
            visits = [(*_visit(browser, server), _visit_bare(browser, bare)) for _ in range(VISITS)]
            pictures, firsts, lines = zip(*visits, strict=True)
            with _open(browser, server) as view:
                rates = [_frames_per_second(view) for _ in range(WINDOWS)]
                share = _scripting_share(view.page)
                view.press("play")
                view.expect_state("paused")
                transport = [_press_step(view) for _ in range(PRESSES)]
                jumps = [_jump(view, key) for key in ("ArrowLeft", "ArrowLeft", "ArrowRight") * PRESSES]
                view.press("latest")
                widget = [_move_slider(view, key) for key in ("ArrowRight", "ArrowLeft") * PRESSES]
            with _open(browser, server, name="gating") as view:
                logit = [_move_logit(view, key) for key in ("ArrowUp", "ArrowDown") * PRESSES]
            groups = [_group(browser, server, count) for count in GROUPS]
        finally:
            server.stop()
            if bare is not None:
                bare.stop()
            browser.close()
    return [
        _at_least("live view, default preset at pace 2", statistics.median(rates), "frames/s", 25),
        *groups,
        _at_most("browser's main thread, scripting, same moment", share, "%", 40),
        _at_most("widget to screen", statistics.median(widget), "ms", 200),
        _at_most("transport to screen", statistics.median(transport), "ms", 50),
        _at_most("a jump of the time slider to screen", statistics.median(jumps), "ms", 200),
        _at_most("a moved logit to screen, all stages", statistics.median(logit), "ms", 50),
        _at_most("first live frame after the socket is opened, warm server", statistics.median(firsts), "ms", 300),
        _at_most("saved picture painted after navigation", statistics.median(pictures), "ms", 1500),
        Row("a page of Streamlit's with one line, painted after navigation", statistics.median(lines), "ms"),
        _at_most("first live frame after the server's cold start (one)", cold, "ms", 5000),
    ]


def _at_most(name: str, value: float, unit: str, bound: float) -> Row:
    return Row(name, value, unit, f"<= {bound:g} {unit}", value <= bound)


def _at_least(name: str, value: float, unit: str, bound: float) -> Row:
    return Row(name, value, unit, f">= {bound:g} {unit}", value >= bound)


def _group(browser: Browser, server: AppServer, count: int) -> Row:
    """How fast a group of so many members moves, all columns drawn."""
    others, bound = GROUPS[count]
    with _open(browser, server, f"?twin={others}") as view:
        rates = [_frames_per_second(view) for _ in range(WINDOWS)]
    return _at_least(f"live view, {count} members in lockstep", statistics.median(rates), "frames/s", bound)


@contextmanager
def _open(browser: Browser, server: AppServer, query: str = "", name: str = "playground") -> Iterator[LiveView]:
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.add_init_script(NOTE_THE_SOCKET)
    yield LiveView(page).open(f"{server.url}/{name}{query}")
    context.close()


def _mark(page: Page, name: str) -> float:
    """When the view set a mark, in milliseconds after the navigation began."""
    script = f"performance.getEntriesByName('{name}')[0]?.startTime ?? null"
    for _ in range(600):
        moment = page.evaluate(script)
        if moment is not None:
            return float(moment)
        page.wait_for_timeout(50)
    raise RuntimeError(f"The live view never set the mark {name}.")


def _cold_start(browser: Browser, server: AppServer, began: float) -> float:
    """Milliseconds from starting the server process to its first live frame."""
    with _open(browser, server) as view:
        first = _mark(view.page, "moe-first-frame")
        origin = float(view.page.evaluate("performance.timeOrigin"))
        return origin + first - began * 1e3


def _visit(browser: Browser, server: AppServer) -> tuple[float, float]:
    """Milliseconds to the saved picture, and from opening the socket to the first live frame, in a new window."""
    with _open(browser, server) as view:
        opened = float(view.page.evaluate("window.socketOpenedAt[0]"))
        return _mark(view.page, "moe-first-picture"), _mark(view.page, "moe-first-frame") - opened


def _visit_bare(browser: Browser, server: AppServer) -> float:
    """Milliseconds to the one line of a page of Streamlit's that has nothing else, in a new window."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.goto(server.url, wait_until="commit")
    painted = float(page.evaluate(TIME_TO_LINE, BARE_LINE))
    context.close()
    return painted


def _frames_per_second(view: LiveView) -> float:
    if view.state != "running":
        view.press("play")
        view.expect_state("running")
        view.page.wait_for_timeout(1000)
    began, first = time.perf_counter(), view.frame
    view.page.wait_for_timeout(WINDOW_SECONDS * 1000)
    return (view.frame - first) / (time.perf_counter() - began)


def _scripting_share(page: Page) -> float:
    """Percent of the main thread's time that scripts took while the view was running."""
    client = page.context.new_cdp_session(page)
    client.send("Performance.enable")

    def read() -> tuple[float, float]:
        metrics = {row["name"]: row["value"] for row in client.send("Performance.getMetrics")["metrics"]}
        return metrics["ScriptDuration"], metrics["Timestamp"]

    script, moment = read()
    page.wait_for_timeout(WINDOW_SECONDS * 1000)
    script_later, later = read()
    return 100 * (script_later - script) / (later - moment)


def _press_step(view: LiveView) -> float:
    view.page.evaluate(TIME_TO_FRAME, "click")
    view.press("step")
    return float(view.page.evaluate("window.acted"))


def _jump(view: LiveView, key: str) -> float:
    """One arrow key on the time slider: to the kept state before or after."""
    return _press_key(view.button("timeline"), key, settled=100)


def _move_logit(view: LiveView, key: str) -> float:
    """One arrow key on a logit of the lesson on gating: to the frame that has all that follows from it."""
    return _press_key(view.root.get_by_role("slider", name="Logit of expert 2"), key)


def _move_slider(view: LiveView, key: str) -> float:
    """One arrow key on the slider of the learning rate, which acts live."""
    return _press_key(view.page.get_by_role("slider", name="Learning rate"), key)


def _press_key(slider: Locator, key: str, settled: int = 300) -> float:
    """Milliseconds from a key on a slider to the next frame, once the page has been left alone for `settled` ones."""
    slider.focus()
    slider.page.wait_for_timeout(settled)
    slider.page.evaluate(TIME_TO_FRAME, "keydown")
    slider.press(key)
    return float(slider.page.evaluate("window.acted"))


if __name__ == "__main__":
    print(table(measure()))
