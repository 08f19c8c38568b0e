"""The tug-of-war on the screen: arrows as long as they are, the core's numbers, and one true sentence below."""

import json

import pytest
from playwright.sync_api import Browser, Page, WebSocket, expect

from moe_core import checkpoint
from moe_core.questions import pulls
from server.pulls import numbers
from tests.browser.app_server import ROOT, AppServer
from tests.browser.drawn_parts import run
from tests.browser.live_view import LiveView

pytestmark = pytest.mark.browser

PULLS = """
const { Pulls } = await load("pulls");
const part = new Pulls(words);
document.body.append(part.root);
const record = (arrays, header = {}) => ({
  header: { state: "paused", pulls_step: 1200, settings: { balancer: "switch_loss" }, ...header },
  arrays: Object.fromEntries(Object.entries(arrays).map(([name, rows]) => [name, new Float32Array(rows.flat())])),
});
const texts = (selector) => [...part.root.querySelectorAll(selector)].map((node) => node.textContent);
"""


def test_arrows_are_to_scale_and_each_card_says_its_numbers(parts: Page) -> None:
    """The largest pull is 0.4, and 0.4 reaches the edge: 47 of the 50 that a card measures from its middle."""
    scale, cosines, names, lines = run(
        parts,
        PULLS
        + """
        const one = record({
          pulls: [[0.4, 0.2, 0.2, -1], [0.0001, 0, 0.0001, 0]],
          pull_arrows: [[0, 0.4, 0, -0.2], [0.0001, 0, 0, 0]],
        });
        part.update(one);
        const cards = [...part.root.querySelectorAll(".pull-card")];
        const lines = [...cards[0].querySelectorAll(".line")].map((line) => line.getAttribute("d"));
        const names = cards.map((card) => card.getAttribute("aria-label"));
        return [texts(".pull-scale"), texts(".pull-cosine"), names, lines];
        """,
    )
    assert scale == ["Number: cosine of the two. Middle to edge: 0.4"]
    assert cosines == ["−1.00", "–"]
    assert names == [
        "Expert 1: cosine −1.00; the task pulls by 0.4, the balance loss by 0.2, and 0.2 is left",
        "Expert 2: cosine –; the task pulls by 0.0001, the balance loss by 0, and 0.0001 is left",
    ]
    assert lines == ["M0 0L0.0 -47.0", "M0 0L0.0 23.5", "M0 0L0.0 -23.5"]


def test_members_of_a_group_share_the_scale_of_their_arrows(parts: Page) -> None:
    scales = run(
        parts,
        PULLS
        + """
        const pulls = (size) => record({ pulls: [[size, size, 0, -1]], pull_arrows: [[size, 0, -size, 0]] });
        const [weak, strong] = [pulls(0.1), pulls(0.8)];
        return [[weak], [weak, strong]].map((all) => (part.update(weak, { all }), texts(".pull-scale")[0]));
        """,
    )
    assert scales == [f"Number: cosine of the two. Middle to edge: {reach}" for reach in ("0.1", "0.8")]


def test_the_sentence_follows_from_the_median_cosine_and_from_what_is_left(parts: Page) -> None:
    verdicts = run(
        parts,
        """
        const { verdictOf } = await load("verdict");
        const pull = ([task, balance, left, cosine]) => ({ task, balance, left, cosine });
        const of = (...rows) => verdictOf(rows.map(pull));
        const even = [[1, 1, 0.1, -0.95], [1, 1, 0.1, -0.97], [1, 1, 0.9, 0.5], [1, 1, 0.1, -0.99]];
        const verdicts = [
          of(...even),
          of([1, 0.5, 0.5, -0.9]),
          of([0.5, 1, 0.5, -1]),
          of([1, 1, 0.4, -0.89]),
          of([1, 0, 1, 0], [1, 0, 1, 0]),
        ];
        return verdicts.map(({ name, cosine, left }) => [name, cosine, left]);
        """,
    )
    names, cosines, left = zip(*verdicts, strict=True)
    assert names == ("cancelled", "task", "balance", "apart", "alone")
    assert cosines == (pytest.approx(-0.96), -0.9, -1, -0.89, None)
    assert left == pytest.approx((0.15, 1 / 3, 1 / 3, 0.2, 1.0))


def test_the_sentence_prints_its_numbers_and_its_limits(parts: Page) -> None:
    said = run(
        parts,
        PULLS
        + """
        part.update(record({ pulls: [[0.4, 0.38, 0.02, -0.998]], pull_arrows: [[0.4, 0, -0.38, 0]] }));
        return texts(".pulls-said")[0];
        """,
    )
    assert said == (
        "Step 1,200: median cosine −1.00; what is left is 3% of the pulls. They cancel (cosine at most −0.9, at most "
        "25% left), and the router all but rests: equilibrium, not damage, and no sign of even loads."
    )


def test_without_arrows_it_is_said_why(parts: Page) -> None:
    said = run(
        parts,
        PULLS
        + """
        const headers = [
          { pulls_step: null },
          { settings: { balancer: "none" } },
          { settings: { balancer: "loss_free" } },
          { settings: { balancer: "switch_loss", balance_coefficient: 0 } },
        ];
        return headers.map((header) => (part.update(record({}, header)), [part.full.hidden, texts(".pulls-said")[0]]));
        """,
    )
    assert said == [
        [True, "Measured once the run is connected."],
        [True, "There is no balance loss: nothing pulls against the task."],
        [True, "Loss-free balancing moves a bias by counting. It has no gradient, so nothing pulls against the task."],
        [True, "The balance loss has no gradient at this router now: there is no tug-of-war."],
    ]


def test_a_page_says_which_tabs_there_are_and_one_alone_needs_no_row_of_tabs(parts: Page) -> None:
    seen = run(
        parts,
        """
        const { Column } = await load("column");
        const events = { changed: () => {}, resized: () => {} };
        return [["pulls"], ["pulls", "curves"]].map((shows) => {
          const { tabs } = new Column(words, 0, events, { shows });
          return [tabs.shown, tabs.tabs.map(({ name }) => name), tabs.root.firstChild.hidden];
        });
        """,
    )
    assert seen == [["pulls", ["pulls"], True], ["pulls", ["pulls", "curves"], False]]


def test_the_tab_shows_the_cores_numbers_and_asks_for_them_only_while_it_is_open(page: Page, server: AppServer) -> None:
    asked: list[bool] = []

    def keep(payload: str | bytes) -> None:
        message = json.loads(payload)
        if message["type"] == "frame":
            asked.append(message["look"].get("pulls", False))

    def listen(socket: WebSocket) -> None:
        if "/live/" in socket.url:
            socket.on("framesent", keep)

    page.on("websocket", listen)
    view = LiveView(page).open(f"{server.url}/playground")
    assert not any(asked)
    view.press("tab-pulls")
    cards = view.button("pull-card")
    expect(cards).to_have_count(8)
    saved = checkpoint.load(ROOT / "assets" / "pretrained" / "specialists.safetensors")
    cosines = numbers(pulls(saved))[:, 3]
    shown = [float(text.replace("−", "-")) for text in view.root.locator(".pull-cosine").all_inner_texts()]
    assert shown == pytest.approx(cosines.tolist(), abs=0.0051)
    expect(view.button("pulls-said")).to_contain_text("Step 1,000: median cosine")
    view.press("step")
    expect(view.button("pulls-said")).to_contain_text("Step 1,001: median cosine")
    assert asked[-1]
    view.press("tab-curves")
    view.press("step")
    view.wait(lambda: view.step == 1002)
    view.wait(lambda: not asked[-1])


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_the_tug_of_war_fits(browser: Browser, server: AppServer, scheme, size):
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    view = LiveView(page).open(f"{server.url}/playground")
    view.press("tab-pulls")
    expect(view.button("pull-card")).to_have_count(8)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    cards = view.root.locator(".pull-cards")
    assert cards.evaluate("grid => grid.scrollWidth <= grid.clientWidth")
    assert cards.evaluate("grid => grid.scrollHeight <= grid.clientHeight")
    said = view.button("pulls-said").bounding_box()
    assert said is not None
    assert said["x"] + said["width"] <= width
    if width == 1280:
        assert said["y"] + said["height"] <= height
    strokes = view.root.locator(".arrow.task").first.evaluate("path => getComputedStyle(path).stroke")
    assert strokes == view.root.evaluate("root => getComputedStyle(root).color")
    context.close()
