"""The table of one input, by itself in a page: it prints the numbers it is given, and what it says of them is true."""

import pytest
from playwright.sync_api import Page

from tests.browser.drawn_parts import run

pytestmark = pytest.mark.browser


def test_the_inspector_prints_the_given_numbers_and_how_the_answer_is_made_of_them(parts: Page) -> None:
    rows, gate, formula, answer, truth = run(
        parts,
        """
        const { Inspector } = await load("inspector");
        const inspector = new Inspector(words);
        document.body.append(inspector.root);
        const experts = [expert(0.125, 0, [9]), expert(0.5, 0.75, [2]), expert(0.375, 0.25, [-1])];
        const sample = { inputs: [0.5], sample: 3, target: 1.5, loss: 0.0625 };
        const pointed = { ...sample, experts, answer: [1.25], probabilities: null };
        inspector.update({ header: { pointed } });
        const body = inspector.table.body;
        const rows = [...body.children].map((row) => [...row.children].map((cell) => cell.textContent));
        return [rows, ...["gate", "sum", "answer", "truth"].map((part) => inspector[part].textContent)];
        """,
    )
    assert rows == [
        ["1", "−2.079", "−2.079", "0.125", "", "–", "9.000", ""],
        ["2", "−0.693", "−0.693", "0.500", "✓", "0.750", "2.000", ""],
        ["3", "−0.981", "−0.981", "0.375", "✓", "0.250", "−1.000", ""],
    ]
    assert gate == (
        "Expert 2: p = exp(−0.693) / Σ exp(logit) = 0.500 / 1.000 = 0.500; gate = 0.750, by this router's own rule"
    )
    assert formula == "y = Σ gate × output = 0.750 × 2.000 + 0.250 × (−1.000) = 1.250"
    assert answer == "The mixture: 1.250"
    assert truth == "Target: 1.500. Loss: 0.063"


def test_the_inspector_leaves_an_expert_that_was_full_out_of_the_sum(parts: Page) -> None:
    chosen, gate, formula, classes, empty = run(
        parts,
        """
        const { Inspector } = await load("inspector");
        const inspector = new Inspector(words);
        const experts = [expert(0.75, 0.75, [0, 4]), expert(0.25, 0, [0, 2], true, false)];
        const probabilities = [0.0474, 0.9526];
        const place = { inputs: [1, -1], sample: null, target: null, loss: null };
        const pointed = { ...place, experts, answer: [0, 3], probabilities };
        inspector.update({ header: { pointed } }, { highlight: 1 });
        const chosen = [...inspector.table.body.children].map((row) => row.querySelector("td.chosen").textContent);
        const seen = [chosen, inspector.gate.textContent, inspector.sum.textContent];
        const classes = inspector.buttons.map((button) => button.textContent);
        inspector.update({ header: { pointed: null, picture: "plane" } });
        return [...seen, classes, inspector.full.hidden];
        """,
    )
    assert chosen == ["✓", "full"]
    assert gate.endswith("; chosen but full, so its gate is 0")
    assert formula == "Score of class 1 = Σ gate × score = 0.750 × 4.000 = 3.000"
    assert classes == ["0: 4.7%", "1: 95.3%"]
    assert empty


def test_a_rule_of_the_router_is_named_only_where_it_gives_the_routers_numbers(parts: Page) -> None:
    probabilities, gates = run(
        parts,
        """
        const { gateRule, probabilityRule } = await load("way");
        const shifted = (one) => ({ ...one, logit: one.logit + 3 });
        const sigmoid = [expert(0.5, 1, [0]), { ...expert(0.5, 0, [0]), logit: 2 }];
        const rules = [[expert(0.75, 1, [0]), expert(0.25, 0, [0])], sigmoid].map((all) => all.map(shifted));
        const pairs = [[0.6, 0.3], [0.6667, 0.3333], [0.7, 0.3]];
        const asked = pairs.map(([one, two]) => [expert(0.6, one, [0]), expert(0.3, two, [0]), expert(0.1, 0, [0])]);
        return [rules.map(probabilityRule), asked.map(gateRule)];
        """,
    )
    assert probabilities == ["softmax", "own"]
    assert gates == ["probability", "renormalized", "own"]
