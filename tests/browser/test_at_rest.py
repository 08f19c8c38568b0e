"""What is studied at rest, in a real browser: measured on pause and on demand, drawn, and taken away as files."""

import csv
import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView

pytestmark = pytest.mark.browser

TABS = ("Who gets what", "Load over time", "What each expert is worth", "Who suffers", "All numbers")


class Panel:
    """The panel below the live view."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.status = page.get_by_test_id("rest-status")

    def measure(self, step: int) -> None:
        self.page.get_by_role("button", name="Measure now").click()
        self.expect_status(f"Measured at step {step}.")

    def expect_status(self, text: str) -> None:
        expect(self.status).to_have_text(text, timeout=PATIENCE)

    def open(self, tab: str) -> None:
        self.page.get_by_role("tab", name=tab).click()
        expect(self.page.get_by_role("tab", name=tab)).to_have_attribute("aria-selected", "true")

    def figure(self, name: str) -> Locator:
        """A chart by what a screen reader is told of it: Plotly's is a figure, Altair's is a graphics document."""
        return self.page.locator(f"[role=figure][aria-label^='{name}'], [role=graphics-document][aria-label^='{name}']")


@pytest.fixture
def view(page: Page, server: AppServer) -> LiveView:
    return LiveView(page).open(f"{server.url}/playground")


def test_nothing_is_measured_or_drawn_until_it_is_looked_at(view: LiveView):
    panel = Panel(view.page)
    panel.expect_status("Nothing is measured yet.")
    view.page.wait_for_timeout(1000)
    assert view.page.get_by_role("tab").filter(has_text="Who gets what").count() == 0
    panel.status.scroll_into_view_if_needed()
    panel.expect_status("Measured at step 1000.")


def test_all_numbers_are_the_runs_own_and_a_name_opens_its_meaning(view: LiveView):
    panel = Panel(view.page)
    panel.measure(1000)
    panel.open("All numbers")
    heads = view.page.get_by_role("columnheader", name="step 1000")
    expect(heads.first).to_be_visible(timeout=PATIENCE)
    expect(heads).to_have_count(5)
    expect(view.page.get_by_role("row", name="Accuracy 98.7% 55.5%")).to_be_visible()
    expect(view.page.get_by_role("row", name="Agreement with parts 0.985 0.718")).to_be_visible()
    meaning = view.page.get_by_text("Share of test examples that the mixture gets right.")
    expect(meaning).to_be_hidden()
    view.page.get_by_role("row", name="Accuracy 98.7% 55.5%").locator("summary").focus()
    view.page.keyboard.press("Enter")
    expect(meaning).to_be_visible()


def test_a_pause_measures_again_while_the_panel_is_looked_at(view: LiveView):
    panel = Panel(view.page)
    panel.measure(1000)
    view.press("step")
    view.wait(lambda: view.step == 1001)
    panel.status.scroll_into_view_if_needed()
    panel.expect_status("Measured at step 1001.")


def test_a_comparison_goes_on_from_where_the_run_is_and_either_is_measured(view: LiveView):
    page, panel = view.page, Panel(view.page)
    page.get_by_role("button", name="Compare with a copy").click()
    cards = view.root.get_by_test_id("expert-card")
    expect(cards).to_have_count(16, timeout=PATIENCE)
    assert view.step == 1000
    view.press("play")
    view.wait(lambda: view.step > 1040)
    view.press("play")
    view.expect_state("paused")
    panel.measure(step := view.step)
    page.get_by_text("Balance coefficient 0.1", exact=True).last.scroll_into_view_if_needed()
    page.get_by_role("radio", name="Balance coefficient 0", exact=True).click()
    panel.expect_status(f"Measured at step {step}.")
    page.get_by_role("button", name="Stop comparing").click()
    expect(cards).to_have_count(8, timeout=PATIENCE)
    assert view.step == step
    view.press("step")
    view.wait(lambda: view.step == step + 1)


def test_a_run_that_has_moved_on_is_said_to_have(view: LiveView):
    panel = Panel(view.page)
    panel.measure(1000)
    view.press("play")
    panel.status.scroll_into_view_if_needed()
    expect(panel.status).to_have_text(
        re.compile(r"Measured at step 1000\. The run has moved on since, and is at step \d+\."), timeout=PATIENCE
    )


def test_a_moved_slider_redraws_nothing_here(view: LiveView):
    panel = Panel(view.page)
    panel.measure(1000)
    table = panel.figure("Share of each part in each expert").first
    expect(table.locator(".heatmaplayer image")).to_be_attached(timeout=PATIENCE)
    table.evaluate("figure => { figure.dataset.kept = 'yes'; }")
    view.page.get_by_role("slider", name="Learning rate").press("ArrowRight")
    view.wait(lambda: "learning_rate" in view.page.url)
    view.page.wait_for_timeout(1000)
    expect(table).to_have_attribute("data-kept", "yes")


def test_every_chart_is_drawn_and_has_a_name(view: LiveView):
    panel = Panel(view.page)
    panel.measure(1000)
    tables = view.page.locator(".heatmaplayer image")
    expect(tables).to_have_count(4, timeout=PATIENCE)
    for name in ("Share of each part in each expert", "Share of each class in each expert before training"):
        expect(panel.figure(name).first).to_be_visible()
    panel.open("Load over time")
    for name in (
        "Load of each expert over the steps",
        "Router entropy over the steps",
        "Router saturation over the kept",
    ):
        expect(panel.figure(name)).to_be_visible(timeout=PATIENCE)
    panel.open("What each expert is worth")
    for name in ("How much accuracy falls without each expert", "How alike the answers"):
        expect(panel.figure(name)).to_be_visible(timeout=PATIENCE)


def test_a_chart_is_taken_away_as_a_table_and_as_a_picture(view: LiveView, tmp_path):
    panel = Panel(view.page)
    panel.measure(1000)
    panel.open("What each expert is worth")
    expect(panel.figure("How alike the answers").locator(".heatmaplayer image")).to_be_attached(timeout=PATIENCE)
    table = taken(view.page, view.page.get_by_role("button", name="CSV").first, tmp_path)
    rows = list(csv.DictReader(table.read_text(encoding="utf-8").splitlines()))
    assert [row["expert"] for row in rows] == [str(expert) for expert in range(1, 9)]
    assert all(0 < float(row["fall"]) < 1 for row in rows)
    for picture in ("Download plot as a PNG", "Download as PNG: How much accuracy falls"):
        button = view.page.get_by_role("button", name=picture)
        assert taken(view.page, button, tmp_path).read_bytes().startswith(b"\x89PNG")


def test_who_is_asked_with_whom_and_how_early_are_drawn_and_taken_away(page: Page, server: AppServer, tmp_path):
    LiveView(page).open(f"{server.url}/playground?k=2")
    panel = Panel(page)
    panel.measure(0)
    table = panel.figure("How often each expert is asked with each other")
    expect(table.locator(".heatmaplayer image")).to_be_attached(timeout=PATIENCE)
    found = taken(page, page.get_by_role("button", name="CSV").last, tmp_path)
    assert found.name == "co-activation.csv"
    rows = list(csv.DictReader(found.read_text(encoding="utf-8").splitlines()))
    assert len(rows) == 64
    own, others = ([float(row["share"]) for row in rows if (row["expert"] == row["other"]) == same] for same in (1, 0))
    assert set(own) <= {0.0, 1.0}
    assert sum(others) == pytest.approx(sum(own))  # With two experts an input, a row adds up to two.
    picture = taken(page, table.get_by_role("button", name="Download plot as a PNG"), tmp_path)
    assert picture.name == "co-activation.png"
    assert picture.read_bytes().startswith(b"\x89PNG")


def taken(page: Page, button: Locator, folder: Path) -> Path:
    """What a button gives away, pressed from the keyboard."""
    expect(button).to_be_visible()
    with page.expect_download(timeout=PATIENCE) as download:
        button.focus()
        page.keyboard.press("Enter")
    path = folder / download.value.suggested_filename
    download.value.save_as(path)
    return path


def test_a_stretch_of_the_load_is_chosen_with_the_brush(view: LiveView):
    panel = Panel(view.page)
    panel.measure(1000)
    panel.open("Load over time")
    chart = panel.figure("Load of each expert over the steps")
    expect(chart).to_be_visible(timeout=PATIENCE)
    last = chart.locator("text").filter(has_text="1,000")
    expect(last).to_have_count(2, timeout=PATIENCE)
    chart.scroll_into_view_if_needed()
    box = chart.bounding_box()
    assert box is not None
    height = box["y"] + box["height"] - 100
    view.page.mouse.move(box["x"] + 0.3 * box["width"], height)
    view.page.mouse.down()
    view.page.mouse.move(box["x"] + 0.5 * box["width"], height, steps=5)
    view.page.mouse.up()
    expect(last).to_have_count(1)  # The lower picture still has the whole run.


@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_no_tab_runs_over_the_edge(page: Page, server: AppServer, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    LiveView(page).open(f"{server.url}/playground")
    panel = Panel(page)
    panel.measure(1000)
    for tab in TABS:
        panel.open(tab)
        page.wait_for_timeout(500)
        assert page.evaluate("document.documentElement.scrollWidth") <= size[0]


def test_a_run_without_a_worker_is_answered_in_a_sentence(page: Page, server: AppServer):
    page.route_web_socket("**/live/*", lambda socket: None)  # Nobody answers, so that no run ever starts.
    page.goto(f"{server.url}/playground")
    page.get_by_role("button", name="Measure now").click()
    expect(page.get_by_text(re.compile("^The run has (not started yet|no worker now)"))).to_be_visible(timeout=PATIENCE)
