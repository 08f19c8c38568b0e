"""The lesson of specialization in a real browser: what it claims of its own run, and who suffers without an expert."""

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from moe_core.config.lesson import load, measured
from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView

pytestmark = pytest.mark.browser

OWN, PARTS = "meter-own_minus_others", "meter-expert_cluster_nmi"


def number(view: LiveView, name: str) -> float:
    """A number that stands on a meter."""
    return said_number(view.button(name))


def said_number(place: Locator) -> float:
    """The number that ends a text."""
    said = re.search(r"[\u2212\d.]+$", place.inner_text())
    assert said
    return float(said.group().replace("\N{MINUS SIGN}", "-"))


def test_experts_become_better_on_their_own_inputs_and_one_disc_suffers_without_each(page: Page, server: AppServer):
    """The trained run is there at once, its numbers hidden until the guess; then the run begins from step 0."""
    view = LiveView(page).open(f"{server.url}/specialization")
    assert view.step >= 1000
    for name in (OWN, PARTS):
        expect(view.button(name)).to_have_text("?")
    view.press("guess-0")
    page.keyboard.press("5")
    answer = view.button("guess-answer")
    expect(answer).to_contain_text("Measured", timeout=3 * PATIENCE)
    view.expect_state("paused")
    said = re.search(
        r"own minus others is ([\d.]+)\. Untrained it was ([\u2212\d.]+)\. "
        r"Over 20 seeds, at the same step: ([\d.]+) to ([\d.]+)\.",
        answer.inner_text(),
    )
    assert said
    here, untrained, low, high = (float(text.replace("\N{MINUS SIGN}", "-")) for text in said.groups())
    found, least = measured("specialization"), load("specialization").question.choices[-1][0]
    assert found is not None
    assert (low, high) == (round(found.low, 2), round(found.high, 2))
    assert low <= here <= high
    assert here > least > abs(untrained) + 0.15
    assert number(view, OWN) > least
    assert abs(number(view, f"{OWN}-untrained")) < 0.15
    assert number(view, PARTS) > number(view, f"{PARTS}-untrained") > 0.5
    page.get_by_role("button", name="Measure now").click()
    page.get_by_role("tab", name="Who suffers").click()
    expect(page.get_by_text("Accuracy lost on each part without an expert")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("tab", name="Load over time")).to_have_count(0)


def test_on_the_digits_experts_are_held_against_classes(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/specialization?present=1")
    view.press("guess-none")
    page.get_by_role("button", name="The digits").click()
    view.wait(lambda: view.read("picture") == "matrix" and view.step > 5)
    expect(view.button("meter-expert_class_nmi")).to_be_visible()
    expect(view.button(PARTS)).to_be_hidden()


def test_each_member_of_a_group_has_its_own_meters(page: Page, server: AppServer):
    """One expert asked, beside two: the pair answers together, and is less special."""
    view = LiveView(page).open(f"{server.url}/specialization")
    page.get_by_role("button", name="One asked, beside two").click()
    lines = view.button("meters-line")
    expect(lines).to_have_count(2, timeout=PATIENCE)
    expect(lines.nth(0)).to_have_attribute("aria-label", re.compile(r"Experts per token \(k\) 1"))
    expect(lines.nth(1)).to_have_attribute("aria-label", re.compile(r"Experts per token \(k\) 2"))
    page.keyboard.press("5")
    view.wait(lambda: view.step >= 500)
    view.press("play")
    view.expect_state("paused")
    one, two = (said_number(lines.nth(member).get_by_test_id(OWN)) for member in (0, 1))
    assert one > 0.4
    assert 0 < two < 0.32
    first, second = (line.locator(".meter-mark.disc").first.bounding_box() for line in lines.all())
    assert first is not None
    assert second is not None
    assert first["x"] > second["x"], "their scales stand under each other"
