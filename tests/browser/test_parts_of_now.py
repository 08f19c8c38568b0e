"""Parts of the view that speak of now: the time slider, the axes of the curves, and the narrator."""

import pytest
from playwright.sync_api import Page

from tests.browser.drawn_parts import run

pytestmark = pytest.mark.browser


def test_a_held_thumb_says_which_kept_step_it_goes_to_and_few_of_them_are_named(parts: Page) -> None:
    """A saved run has kept its ends alone. Let go where it was before, a slider reports no change."""
    before, held, after, many = run(
        parts,
        """
        const { Timeline } = await load("timeline");
        const timeline = new Timeline(words, () => {});
        const frame = (kept) => {
          const header = { step: 1000, last_step: 1000, log: [], events: [] };
          timeline.update({ header, arrays: { kept_steps: new Float32Array(kept) } });
          return [timeline.text.textContent, timeline.ticks.kept.getAttribute("d")];
        };
        const before = frame([0, 1000]);
        const held = [400, 600].map((step) => {
          timeline.slider.value = step;
          timeline.slider.dispatchEvent(new Event("input"));
          return timeline.text.textContent;
        });
        timeline.slider.dispatchEvent(new Event("pointerup"));
        return [before, held, timeline.text.textContent, frame([0, 100, 200, 300, 400, 1000])[0]];
        """,
    )
    assert before == ["Kept, to go back to: steps 0 and 1,000.", "M0 1.1h0M1000 1.1h0"]
    assert held == ["Step 400 was not kept: nearest is 0.", "Step 600 was not kept: nearest is 1,000."]
    assert after == before[0]
    assert many == "Drag, or use arrow keys, to go back to a step that was kept (dots)."


def test_the_axis_of_the_loss_takes_in_what_a_person_did_before_any_row_is_written(parts: Page) -> None:
    domains = run(
        parts,
        """
        const { SCORE, LOSS } = await load("curves");
        const names = ["test_loss", "test_score"];
        const record = (loss, score) => ({
          header: { metrics: { test_loss: loss, test_score: score } },
          rows: [[0.7, 0.6], [0.05, 0.98]],
          column: (name) => names.indexOf(name),
        });
        const limits = (now) => [LOSS, SCORE].map(({ domain }) => domain([record(...now)]));
        return [[0.05, 0.98], [0.82, 0.42]].flatMap(limits);
        """,
    )
    assert domains == [[0, 0.8], [0.6, 1], [0, 1], [0.4, 1]]


def test_a_narrator_of_a_run_that_goes_on_says_of_which_step_it_speaks(parts: Page) -> None:
    running, resting, saved = run(
        parts,
        """
        const { Narrator } = await load("narrator");
        const said = (header, state) => {
          const narrator = new Narrator(words, () => ["As set"]);
          narrator.update([{ header: { narration: ["One.", "Two."], ...header } }], state, 0);
          return narrator.sentences.map((node) => node.textContent);
        };
        const header = { step: 1560, narration_step: 1352 };
        return [said(header, "running"), said({ ...header, step: 1352 }, "paused"), said({}, "running")];
        """,
    )
    assert running == ["Step 1,352: One.", "Two.", ""]
    assert resting == saved == ["One.", "Two.", ""]
