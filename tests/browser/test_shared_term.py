"""The part of shared experts in the formula below the table of an input."""

import pytest
from playwright.sync_api import Page

from tests.browser.drawn_parts import run

pytestmark = pytest.mark.browser


def test_shared_experts_are_one_term_without_a_gate_and_a_closed_group_has_no_selection(parts: Page) -> None:
    """What stands for a score in a closed group is a number that stands for "never", and is not printed."""
    formula, selections = run(
        parts,
        """
        const { Inspector } = await load("inspector");
        const inspector = new Inspector(words);
        const closed = { ...expert(0.5, 0, [9]), selection: -2e9 };
        const experts = [closed, expert(0.25, 0.75, [2]), expert(0.25, 0.25, [-1])];
        const sample = { inputs: [0.5], sample: 3, target: 1.5, loss: 0.0625, shared: [-0.5] };
        inspector.update({ header: { pointed: { ...sample, experts, answer: [0.75], probabilities: null } } });
        const cells = [...inspector.table.body.children].map((row) => row.querySelector(".selection").textContent);
        return [inspector.sum.textContent, cells];
        """,
    )
    assert formula == "y = Σ gate × output + shared experts' = 0.750 × 2.000 + 0.250 × (−1.000) + (−0.500) = 0.750"
    assert selections == ["–", "−1.386", "−1.386"]
