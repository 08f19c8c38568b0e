"""Exact values off the curves and the stream of loads, by mouse, by finger and by keys: those that the run holds."""

import csv
from itertools import pairwise
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.app_server import AppServer
from tests.browser.live_view import LiveView
from tests.browser.test_exports import taken

pytestmark = pytest.mark.browser

Row = dict[str, float]

LOSSES = {"test": "test_loss", "plain": "plain_test_loss", "wide": "wide_test_loss", "train": "train_loss"}
SCORES = {"test": "test_score", "plain": "plain_test_score", "wide": "wide_test_score"}
BALANCE = {"": "effective_experts", "balance loss": "balance_loss"}
LOADS = {str(expert): f"load_{expert}" for expert in range(1, 9)}
CHARTS = [LOSSES, SCORES, BALANCE, LOADS]
"""For each chart of a member, in their order: which column of its curves each name beside the line stands for."""

SHOWN = """column => [...column.querySelectorAll(".step-values")].filter((one) => !one.hidden).map((one) => ({
  x: one.querySelector(".step-line").getBoundingClientRect().left,
  step: one.querySelector(".step-at").textContent,
  note: one.querySelector(".step-note").textContent,
  values: [...one.querySelectorAll(".step-entries > div")].map((entry) => [
    entry.querySelector(".term, .chip-number")?.textContent ?? "",
    entry.querySelector(".value").textContent,
  ]),
}))"""
"""What is read off each chart of a member."""


@pytest.fixture
def view(page: Page, server: AppServer) -> LiveView:
    """A run of a thousand steps, trained earlier."""
    return LiveView(page).open(f"{server.url}/playground")


@pytest.fixture
def twin(page: Page, server: AppServer) -> LiveView:
    view = LiveView(page).open(f"{server.url}/playground?twin=balance_coefficient:0.5")
    view.press("pace-10")
    view.press("play")
    view.wait(lambda: view.step > 100)
    view.press("play")
    view.expect_state("paused")
    return view


def column(view: LiveView, member: int = 0) -> Locator:
    return view.button("member").nth(member)


def chart(view: LiveView, number: int, member: int = 0) -> Locator:
    return column(view, member).locator(".plot canvas").nth(number)


def point(view: LiveView, canvas: Locator, across: float, down: float = 0.5) -> float:
    """Put the pointer at a place in shares of a chart's sides; returns where that is across the page."""
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    x = round(box["x"] + across * box["width"])
    view.page.mouse.move(x, box["y"] + down * box["height"])
    return x


def curves(view: LiveView, folder: Path) -> dict[int, Row]:
    """The run's own curves, from the Export menu: its rows by their steps."""
    with taken(view, "metrics.csv", folder).open() as file:
        rows = [{name: float(text or "nan") for name, text in row.items()} for row in csv.DictReader(file)]
    return {int(row["step"]): row for row in rows}


def step_read(view: LiveView, member: int = 0) -> int:
    """The step at the foot of the lines, in the charts that have room for it."""
    steps = {one["step"] for one in column(view, member).evaluate(SHOWN) if one["step"]}
    assert len(steps) == 1
    return int(steps.pop().removeprefix("Step ").replace(",", ""))


def check(view: LiveView, rows: dict[int, Row], member: int = 0) -> Row:
    """What stands beside the lines of a member is the row of the step that they are at, to the last printed digit."""
    row = rows[step_read(view, member)]
    shown = column(view, member).evaluate(SHOWN)
    assert len(shown) == len(CHARTS)
    for columns, one in zip(CHARTS, shown, strict=True):
        assert [name for name, _ in one["values"]] == list(columns)
        for name, text in one["values"]:
            value = row[columns[name]]
            if value != value:  # no batch before the first step
                assert text == "–"
            else:
                scale = 100 if text.endswith("%") else 1
                digits = len(text.removesuffix("%").partition(".")[2])
                assert float(text.removesuffix("%")) == pytest.approx(scale * value, abs=0.501 / 10**digits)
    return row


def test_the_pointer_reads_rows_of_the_runs_own_curves_in_all_charts_and_leaves_with_it(view: LiveView, tmp_path):
    rows = curves(view, tmp_path)
    steps = []
    for number, across in ((0, 0.1), (0, 0.37), (1, 0.55), (2, 0.72), (3, 0.8), (3, 0.99)):
        point(view, chart(view, number), across)
        steps.append(check(view, rows)["step"])
    assert steps == sorted(steps)
    assert (steps[0], steps[-1]) == (min(rows), max(rows))  # Left of the axis, and after the last row.
    view.page.mouse.move(2, 2)
    assert column(view).evaluate(SHOWN) == []


def test_pointing_draws_no_chart_again(view: LiveView):
    view.page.evaluate(
        """() => {
          window.drawn = 0;
          const { clearRect } = CanvasRenderingContext2D.prototype;
          CanvasRenderingContext2D.prototype.clearRect = function () {
            window.drawn += 1;
            return clearRect.apply(this, arguments);
          };
        }"""
    )
    quiet = """() => new Promise((resolve) => {
      const before = window.drawn;
      setTimeout(() => resolve(window.drawn === before), 500);
    })"""
    view.wait(lambda: bool(view.page.evaluate(quiet)))
    before = view.page.evaluate("window.drawn")
    steps = set()
    for across in range(20, 90, 5):
        point(view, chart(view, 0), across / 100)
        view.page.wait_for_timeout(50)
        steps.add(step_read(view))
    assert len(steps) > 10
    assert view.page.evaluate("window.drawn") == before


def test_a_line_that_is_taken_out_is_not_read(view: LiveView):
    view.press("stroke-wide")
    point(view, chart(view, 0), 0.5)
    loss, score, *_ = column(view).evaluate(SHOWN)
    assert [[name for name, _ in one["values"]] for one in (loss, score)] == [
        ["test", "plain", "train"],
        ["test", "plain"],
    ]


def test_keys_go_along_the_rows_and_say_them_and_leave_the_run_alone(view: LiveView, tmp_path):
    rows = curves(view, tmp_path)
    steps = sorted(rows)
    slider, keyboard = view.button("step-slider"), view.page.keyboard
    spoken = slider.get_attribute("aria-valuetext")
    point(view, chart(view, 0), 0.5)
    assert slider.get_attribute("aria-valuetext") == spoken  # A pointer's way is not read out.
    view.page.mouse.move(2, 2)
    view.button("tab-curves").focus()
    for _ in range(8):
        keyboard.press("Tab")
        if slider.evaluate("node => node.matches(':focus')"):
            break
    expect(slider).to_be_focused()
    assert step_read(view) == steps[-1]
    for key, step in (
        ("ArrowLeft", steps[-2]),
        ("ArrowLeft", steps[-3]),
        ("ArrowRight", steps[-2]),
        ("PageDown", steps[-12]),
        ("Home", steps[0]),
        ("End", steps[-1]),
        ("PageDown", steps[-11]),
    ):
        keyboard.press(key)
        row = check(view, rows)
        assert row["step"] == step
        expect(slider).to_have_attribute("aria-valuenow", str(step))
    text = slider.get_attribute("aria-valuetext") or ""
    assert text.startswith(f"Step {step}. ")
    loss, score, balance, stream = (one["values"][0][1] for one in column(view).evaluate(SHOWN))
    said = (f"Loss: test {loss}", f"Accuracy: test {score}", f"Effective experts: {balance}", f"Expert 1 {stream}")
    assert all(f"{one}, " in text for one in said), text
    view.expect_state("paused")
    assert view.step == 1000
    keyboard.press("Escape")
    assert column(view).evaluate(SHOWN) == []
    keyboard.press("Shift+Tab")
    keyboard.press("ArrowRight")  # Elsewhere it is the view's key for a step.
    view.wait(lambda: view.step == 1001)


def test_in_a_twin_the_same_step_is_read_in_both_columns(twin: LiveView, tmp_path):
    rows = []
    for member in (1, 2):
        twin.press("export")
        twin.press(f"export-run-{member}")
        twin.press("export")
        rows.append(curves(twin, tmp_path))
    assert rows[0] != rows[1]
    lines = {}
    for across in range(30, 60, 2):
        x = point(twin, chart(twin, 0), across / 100)
        lines[step_read(twin)] = column(twin).evaluate(SHOWN)[0]["x"], x
    spacing = min(later[0] - line[0] for line, later in pairwise(lines.values()))
    assert all(abs(x - line) <= spacing / 2 + 1 for line, x in lines.values())  # The nearest row is read.
    for member, number in ((0, 0), (1, 3)):
        point(twin, chart(twin, number, member), 0.6)
        read = [check(twin, rows[other], other) for other in (0, 1)]
        assert read[0]["step"] == read[1]["step"] > 0
        assert read[0]["balance_loss"] != read[1]["balance_loss"]
    twin.page.mouse.move(2, 2)
    column(twin, 1).get_by_test_id("tab-curves").focus()
    slider = column(twin, 1).get_by_test_id("step-slider")
    for _ in range(4):
        twin.page.keyboard.press("Tab")
    expect(slider).to_be_focused()
    before = step_read(twin, 1)
    twin.page.keyboard.press("ArrowLeft")
    read = [check(twin, rows[other], other) for other in (0, 1)]
    assert read[0]["step"] == read[1]["step"] < before


def test_while_it_trains_what_is_read_stays(view: LiveView):
    point(view, chart(view, 0), 0.4)
    before = column(view).evaluate(SHOWN)
    column(view).evaluate(
        """column => {
          window.changes = 0;
          const observer = new MutationObserver((records) => (window.changes += records.length));
          const watched = { attributeFilter: ["hidden"], childList: true, characterData: true, subtree: true };
          column.querySelectorAll(".step-values").forEach((one) => observer.observe(one, watched));
        }"""
    )
    view.button("play").evaluate("button => button.click()")  # The pointer stays where it is.
    first = view.frame
    view.wait(lambda: view.frame > first + 30)
    after = column(view).evaluate(SHOWN)
    assert [(one["step"], one["values"]) for one in after] == [(one["step"], one["values"]) for one in before]
    assert view.page.evaluate("window.changes") == 0


def test_what_happened_is_said_near_its_mark(view: LiveView):
    view.button("expert-card").nth(3).get_by_test_id("kill").click()
    expect(view.button("expert-card").nth(3)).to_have_attribute("data-condition", "killed")
    near = column(view).locator(".step-marks")
    point(view, chart(view, 1), 0.3)
    expect(near).to_be_hidden()
    point(view, chart(view, 1), 0.99)
    expect(near).to_contain_text("Step 1,000: kill expert 4")


def test_the_curve_of_the_first_screen_is_read_too(page: Page, server: AppServer):
    page.goto(server.url)
    view = LiveView(page)
    view.press("guess-none")
    view.wait(lambda: view.state == "running" and view.step > 0)
    view.press("rewind")
    view.wait(lambda: view.step == 0 and view.state == "paused")
    point(view, view.root.locator(".plot canvas"), 0.5)
    (shown,) = view.root.evaluate(SHOWN)
    assert shown["step"] == "Step 0"
    names = [("Mixture", "mixture-score"), ("plain", "plain-score")]
    assert shown["values"][:2] == [[name, view.button(number).inner_text()] for name, number in names]


def test_of_many_experts_the_largest_loads_are_said_and_that_they_are(page: Page, server: AppServer, tmp_path):
    view = LiveView(page).open(f"{server.url}/playground?num_experts=64")
    view.train_a_little()
    rows = curves(view, tmp_path)
    point(view, chart(view, 0), 0.1)
    stream = column(view).evaluate(SHOWN)[3]
    loads = [rows[step_read(view)][f"load_{expert}"] for expert in range(1, 65)]
    assert stream["note"] == "largest 6 of 64"
    assert [float(text.removesuffix("%")) for _, text in stream["values"]] == pytest.approx(
        [100 * load for load in sorted(loads, reverse=True)[:6]], abs=0.051
    )
    for name, text in stream["values"]:
        assert float(text.removesuffix("%")) == pytest.approx(100 * loads[int(name) - 1], abs=0.051)


@pytest.mark.parametrize("query", ["", "?present=1"])
def test_on_a_phone_a_finger_reads_until_something_else_is_touched(browser: Browser, server: AppServer, query: str):
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, color_scheme="dark")
    view = LiveView(context.new_page()).open(f"{server.url}/playground{query}")
    canvas = chart(view, 0)
    canvas.scroll_into_view_if_needed()
    box = canvas.bounding_box()
    assert box is not None
    view.page.touchscreen.tap(box["x"] + 0.95 * box["width"] / 2, box["y"] + box["height"] / 2)
    view.page.wait_for_timeout(200)
    assert len(column(view).evaluate(SHOWN)) == len(CHARTS)
    edges = "all => all.map((one) => one.getBoundingClientRect()).map(({ left, right }) => [left, right])"
    assert all(0 <= left < right <= 390 for left, right in view.root.locator(".step-box").evaluate_all(edges))
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 390
    view.page.touchscreen.tap(box["x"] + 5, box["y"] - 300)
    view.wait(lambda: column(view).evaluate(SHOWN) == [])
    context.close()
