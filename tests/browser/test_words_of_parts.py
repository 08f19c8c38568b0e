"""What parts of the view say in one line: of members that are alike, of many experts at a place, of huge numbers."""

import pytest
from playwright.sync_api import Page

from tests.browser.drawn_parts import run

pytestmark = pytest.mark.browser


def test_members_are_told_apart_by_what_they_have_and_by_their_place_once_they_are_alike(parts: Page) -> None:
    named = run(
        parts,
        """
        const { memberNames } = await load("settings");
        const labels = { a: { label: "A", titles: {} } };
        const names = (...changed) =>
            memberNames(changed.map((own) => ({ changed: own, settings: { a: 1 } })), labels, (key) => key);
        return [names({}, { a: 2 }), names({}, { a: 2 }, {}), names({}, {}), names({}, {}, {}), names({})];
        """,
    )
    assert named == [
        ["A 1", "A 2"],
        ["A 1", "A 2", "A 1"],
        ["member_left", "member_right"],
        ["member_alike_1", "member_alike_2", "member_alike_3"],
        ["member_as_set"],
    ]


@pytest.mark.parametrize(
    ("gates", "said"),
    [
        ([0.3, 0.7], "expert 1, gate 0.30 + expert 2, gate 0.70: class 0 at 0.90"),
        ([0.2, 0.3, 0.5], "expert 3, gate 0.50 + 2 more: class 0 at 0.90"),
    ],
)
def test_where_many_experts_are_asked_the_line_still_ends_with_what_they_come_to(
    parts: Page, gates: list[float], said: str
) -> None:
    told = run(
        parts,
        f"""
        const {{ Readout }} = await load("readout");
        const experts = {gates}.map((gate) => ({{ kept: true, gate }}));
        const task = {{ name: "rules", num_outputs: 2 }};
        const header = {{ picture: "plane", task, pointed: {{ experts, probabilities: [0.9, 0.1] }} }};
        return new Readout(words, {{}}).atPlace({{ header, arrays: {{}} }}, "owner", {{ x: 0, y: 0 }});
        """,
    )
    assert told == said


def test_numbers_of_a_fraction_keep_the_digits_that_tell_them_apart(parts: Page) -> None:
    printed = run(
        parts,
        """
        const { full } = await load("numbers");
        return [1.8194, 16043.4, 16140.2, 4.5e9, Infinity].map(full);
        """,
    )
    assert printed == ["1.819", "16,043", "16,140", "4.5000e+9", "–"]
