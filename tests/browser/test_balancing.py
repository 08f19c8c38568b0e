"""The lesson of load balancing in a real browser, with the seed it ships: what it teaches is what is seen."""

import pytest
from playwright.sync_api import Page, expect

from moe_core.config.lesson import load
from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView

pytestmark = pytest.mark.browser

FAST = "5"
"""The key for as fast as it goes."""


def run_to_rest(view: LiveView, step: int) -> None:
    """As fast as it goes, until it pauses by itself."""
    view.root.focus()
    view.page.keyboard.press(FAST)
    view.wait(lambda: view.state == "paused" and view.step == step)


def effective_experts(view: LiveView) -> list[float]:
    """Of each member, as printed beside its curve."""
    return [float(text) for text in view.root.locator("[data-testid=effective_experts] .value").all_inner_texts()]


def measured(page: Page, step: int) -> list[list[str]]:
    """The table of the members at rest, line by line."""
    page.get_by_test_id("rest-status").scroll_into_view_if_needed()
    expect(page.get_by_test_id("rest-status")).to_have_text(f"Measured at step {step}.", timeout=PATIENCE)
    table = page.locator(".st-key-group_at_rest").get_by_role("table")
    expect(table).to_be_visible(timeout=PATIENCE)
    rows = table.get_by_role("row").all()[1:]
    return [row.get_by_role("cell").all_inner_texts() for row in rows]


def test_four_coefficients_stand_apart_and_are_measured_when_they_pause(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/balancing")
    few = load("balancing").question.choices[0]
    box = view.root.locator("[data-testid=effective_experts]").first.bounding_box()
    assert box is not None
    assert box["y"] + box["height"] <= 800, "what is asked about is in the first screenful"
    view.press("guess-2")
    run_to_rest(view, load("balancing").question.step)
    view.press("play")
    run_to_rest(view, 500)
    expect(view.button("guess-answer")).to_have_text(
        "Your guess: 6 to 8. Measured at step 300: 1.0 effective experts with α = 0.01. "
        "Over 20 seeds, at the same step: 1.0 to 2.4."
    )
    loads = view.root.locator(".card .percent")
    assert "100.0%" in loads.all_inner_texts()
    assert all(load.evaluate("load => load.scrollWidth <= load.clientWidth") for load in loads.all())
    readings = view.root.get_by_text("A row: an expert's inputs, % by class")
    assert [reading.is_visible() for reading in readings.all()] == [False, True, False, False], "once, in its own place"
    none, weak, some, full = effective_experts(view)
    assert none < 1.5
    assert weak < few[1]
    assert 3.0 < some < 7.0
    assert full > 7.0
    lines = measured(page, 500)
    assert [line[0] for line in lines] == [f"Balance coefficient {alpha}" for alpha in ("0", "0.01", "0.1", "1")]
    assert [float(line[1]) for line in lines] == [round(value, 1) for value in (none, weak, some, full)]
    assert float(lines[0][2].rstrip("%")) > float(lines[3][2].rstrip("%"))
    expect(page.locator("[role=graphics-document][aria-label^='accuracy']")).to_be_visible(timeout=PATIENCE)


def test_balance_is_not_specialisation(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/balancing")
    page.get_by_role("button", name="Renormalised, and not").click()
    view.wait(lambda: view.state == "running" and view.root.get_by_test_id("member").count() == 2)
    run_to_rest(view, 500)
    first, second = measured(page, 500)
    assert min(float(first[1]), float(second[1])) >= 7.0
    assert float(second[3]) - float(first[3]) >= 0.3


def test_the_same_coefficient_given_late_takes_longer(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/balancing")
    page.get_by_role("button", name="α = 0 beside α = 0.3").click()
    view.wait(lambda: view.state == "running" and view.root.get_by_test_id("member").count() == 2)
    run_to_rest(view, 500)
    alone, prevented = effective_experts(view)
    assert alone < 1.5
    assert prevented > 7.0
    run = view.run
    page.get_by_role("button", name="Then α = 0.3 on the left too").click()
    view.wait(lambda: view.state == "running")
    run_to_rest(view, 1000)
    assert view.run == run
    assert min(effective_experts(view)) > 7.0
