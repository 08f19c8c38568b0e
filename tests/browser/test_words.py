"""Words that depend on numbers: one of something, and nobody."""

import pytest
from playwright.sync_api import Page

from tests.browser.drawn_parts import run

pytestmark = pytest.mark.browser


def test_a_word_has_the_form_that_fits_its_number(parts: Page) -> None:
    one, more, many = run(
        parts,
        """
        const says = (width) => words("plain_network", { width });
        return [says(1), says(12), says("1,000")];
        """,
    )
    assert one == "Plain: same work, 1 unit"
    assert more == "Plain: same work, 12 units"
    assert many == "Plain: same work, 1,000 units"


def test_slow_motion_says_who_was_asked_in_plain_words(parts: Page) -> None:
    said = run(
        parts,
        """
        const { Stages } = await load("stages");
        const stages = new Stages(words);
        const stage = (name, numbers) => {
          stages.update({ header: { stage: { name, numbers } } }, "motion");
          return stages.items.find((item) => item.name === name).numbers.textContent;
        };
        return [
          stage("forward", { batch_size: 1 }),
          stage("route", { experts_asked: 1, largest_load: 1 }),
          stage("route", { experts_asked: 8, largest_load: 0.1328 }),
          stage("route", { experts_asked: 0, largest_load: 0 }),
        ];
        """,
    )
    assert said == [
        "1 input goes through",
        "1 expert asked: it takes 100.0% of the load",
        "8 experts asked: the busiest takes 13.3% of the load",
        "No expert asked",
    ]


def test_a_place_that_no_expert_answers_is_said_to_have_none(parts: Page) -> None:
    drawn, asked, line = run(
        parts,
        """
        const { Readout } = await load("readout");
        const { Line } = await load("line");
        const readout = new Readout(words, { line: new Line({ context: null }) });
        const arrays = { owner: [3, 3, 3, 3], strength: [0, 255, 0, 0], prediction: [1, 1, 1, 1] };
        const at = (x, header) => readout.atPlace({ header, arrays }, "owner", { x, y: 0 });
        const nobody = expert(0.5, 0, [0, 0]);
        const pointed = { experts: [nobody, nobody], probabilities: [0.25, 0.75] };
        const places = [at(0, { picture: "plane" }), at(0.9, { picture: "plane" })];
        arrays.x = [-1, -0.5, 0.5, 1];
        return [places, at(0, { picture: "plane", pointed }), at(0, { picture: "line" })];
        """,
    )
    assert drawn == ["no expert: class 1", "expert 4 at 1.00: class 1"]
    assert asked == "no expert: class 1 at 0.75"
    assert line == "x = −1.00: no expert, predicts 1.00"
