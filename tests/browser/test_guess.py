"""The question before a run, as a part by itself: what it says, marks and remembers."""

import json
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.drawn_parts import run

pytestmark = pytest.mark.browser

QUESTION = {
    "text": "How many?",
    "choices": [{"label": "1 to 3", "range": [1, 3.5]}, {"label": "4 to 8", "range": [3.5, 8]}],
    "reveal": None,
    "column": "effective_experts",
    "member": 1,
    "step": 20,
    "measured": {"seeds": 20, "low": 1.04, "high": 2.5},
}

ASKING = f"""
const {{ Guess }} = await load("guess");
const question = {json.dumps(QUESTION)};
const log = [];
const ask = (present = false, page = "a-page") => {{
  const does = (name) => () => log.push(name);
  const guess = new Guess(words, {{ page, lesson: "a-lesson", present }}, does("start"), does("rewind"));
  guess.take({{ question, present }});
  return guess;
}};
const columns = ["step", "effective_experts", "test_score"];
const member = (rows, step = rows.at(-1)[0], commands = []) => ({{
  rows, column: (name) => columns.indexOf(name), header: {{ step, history: {{ columns }}, log: commands }},
}});
const press = (guess, name) => guess.root.querySelector(`[data-testid=guess-${{name}}]`).click();
const said = (guess) => guess.answer.textContent;
const early = [[0, 8, 0.5], [10, 4, 0.6]];
const late = [...early, [20, 1.25, 0.7]];
"""


def asked(page: Page, script: str) -> Any:
    """What a script returns that may use all of ASKING."""
    return run(page, ASKING + script)


def test_a_guess_starts_the_run_is_marked_and_stands_beside_what_was_measured(parts: Page) -> None:
    waiting, ghost, early, late, started = asked(
        parts,
        """
        const guess = ask();
        press(guess, 1);
        const waiting = said(guess);
        // What still comes of the run before is no answer.
        guess.update([member(late), member(late)]);
        guess.update([member(early), member(early)]);
        const before = said(guess);
        guess.update([member(early), member(late)]);
        return [waiting, guess.ghost, before, said(guess), log];
        """,
    )
    assert started == ["start"]
    assert waiting == early == "Your guess: 4 to 8. The run pauses at step 20, where it is measured."
    assert ghost == {"column": "effective_experts", "member": 1, "low": 3.5, "high": 8, "label": "your guess"}
    assert late == "Your guess: 4 to 8. Measured at step 20: 1.3. Over 20 seeds, at the same step: 1.0 to 2.5."


def test_who_just_runs_leaves_no_mark_and_is_told_as_well(parts: Page) -> None:
    waiting, ghost, late = asked(
        parts,
        """
        const guess = ask();
        guess.justRun();
        const waiting = said(guess);
        guess.update([member(late), member(late)]);
        return [waiting, guess.ghost, said(guess)];
        """,
    )
    assert waiting == "No guess. The run pauses at step 20, where it is measured."
    assert ghost is None
    assert late == "No guess. Measured at step 20: 1.3. Over 20 seeds, at the same step: 1.0 to 2.5."


def test_a_run_is_played_until_the_step_that_is_asked_about_and_from_there_on_and_on(parts: Page) -> None:
    assert asked(
        parts,
        """
        const guess = ask();
        const steps = [0, 19, 20, 21].map((step) => guess.until(step));
        guess.take({ question: null, present: false });
        return [...steps, guess.until(0)];
        """,
    ) == [{"until": 20}, {"until": 20}, {}, {}, {}]


def test_seeds_that_all_came_to_the_same_are_said_to(parts: Page) -> None:
    said = asked(
        parts,
        """
        question.measured = { seeds: 20, low: 1.01, high: 0.99 };
        const guess = ask();
        guess.justRun();
        guess.update([member(late), member(late)]);
        return said(guess);
        """,
    )
    assert said == "No guess. Measured at step 20: 1.3. Over 20 seeds, at the same step: always 1.0."


def test_nobody_is_asked_twice_in_a_tab(parts: Page) -> None:
    first, again, elsewhere, progress = asked(
        parts,
        """
        press(ask(), 0);
        const again = ask();
        again.update([member(late), member(late)]);
        const other = ask(false, "another-page");
        const progress = localStorage.getItem("moe-lab-lessons");
        return [again.choices.hidden, said(again), other.choices.hidden, progress];
        """,
    )
    assert first
    assert again == "Your guess: 1 to 3. Measured at step 20: 1.3. Over 20 seeds, at the same step: 1.0 to 2.5."
    assert not elsewhere
    assert json.loads(progress) == {"a-lesson": "run"}


def test_a_room_is_asked_at_each_load_whatever_was_answered_before(parts: Page) -> None:
    hidden, answered, fields, kept = asked(
        parts,
        """
        press(ask(), 0);
        const room = ask(true);
        press(room, 1);
        const again = ask(true);
        const fields = [...again.root.querySelectorAll("input")].map(({ value }) => value);
        return [again.choices.hidden, said(again), fields, said(ask())];
        """,
    )
    assert (hidden, answered, fields) == (False, "", ["", ""])
    assert kept.startswith("Your guess: 1 to 3.")


def test_a_field_shows_the_hands_that_are_counted(parts: Page) -> None:
    shown, said = asked(
        parts,
        """
        const guess = ask(true);
        const [first, second] = guess.root.querySelectorAll("input");
        const type = (field, text) => {
          field.value = text;
          field.dispatchEvent(new Event("input"));
          return field.value;
        };
        const shown = ["-3", "7.5", "1000", "", "12"].map((text) => type(first, text));
        type(second, "-3");
        press(guess, "none");
        return [shown, said(guess)];
        """,
    )
    assert shown == ["0", "7", "999", "", "12"]
    assert said.startswith("The room: 12 said 1 to 3, 0 said 4 to 8.")


def test_a_saved_picture_past_the_step_that_is_asked_about_is_no_answer(parts: Page) -> None:
    assert (
        asked(
            parts,
            """
        question.column = undefined;
        question.metric = "own_minus_others";
        press(ask(), 0);
        const again = ask();
        again.update([member(late, 30), member(late, 30)]);
        return said(again);
        """,
        )
        == "Your guess: 1 to 3. This run is past step 20 and keeps no state of it. Rewind and play to see."
    )


def test_a_room_raises_its_hands_and_is_told_how_many(parts: Page) -> None:
    fields, said, ghost, alone = asked(
        parts,
        """
        const guess = ask(true);
        const fields = [...guess.root.querySelectorAll("input")];
        [12, 5].forEach((count, i) => {
          fields[i].value = count;
          fields[i].dispatchEvent(new Event("input"));
        });
        press(guess, "none");
        guess.update([member(early), member(early)]);
        guess.update([member(late), member(late)]);
        return [fields.length, said(guess), guess.ghost, ask(false, "p").root.querySelectorAll("input").length];
        """,
    )
    assert fields == 2
    assert said == (
        "The room: 12 said 1 to 3, 5 said 4 to 8. Measured at step 20: 1.3. "
        "Over 20 seeds, at the same step: 1.0 to 2.5."
    )
    assert ghost["label"] == "most hands"
    assert ghost["high"] == 3.5
    assert alone == 0


def test_a_run_that_was_changed_on_the_way_is_no_answer(parts: Page) -> None:
    changed, later = asked(
        parts,
        """
        const meddled = (step) => {
          const guess = ask(false, `page-${step}`);
          guess.justRun();
          guess.update([member(late), member(late, 20, [{ step, name: "kill", value: 1 }])]);
          return said(guess);
        };
        return [meddled(19), meddled(20)];
        """,
    )
    assert changed.startswith("No guess. The run was changed on the way")
    assert later == "No guess. Measured at step 20: 1.3. Over 20 seeds, at the same step: 1.0 to 2.5."


def test_what_is_no_longer_asked_is_neither_shown_nor_marked(parts: Page) -> None:
    before, after, back = asked(
        parts,
        """
        const guess = ask();
        press(guess, 0);
        const seen = () => [guess.root.hidden, guess.ghost !== null];
        const before = seen();
        guess.take({ question: null, present: false });
        guess.update([member(late), member(late)]);
        const after = seen();
        guess.take({ question, present: false });
        return [before, after, seen()];
        """,
    )
    assert before == [False, True]
    assert after == [True, False]
    assert back == [False, True]


def test_the_band_of_a_guess_is_drawn_behind_the_curve_between_its_values(parts: Page) -> None:
    with_band, without = asked(
        parts,
        """
        const { Chart } = await load("chart");
        const [text, muted, faint] = [[0, 0, 0], [90, 90, 90], [220, 220, 220]];
        const theme = { text, muted, faint, size: 12, least: 0, font: "sans-serif" };
        const canvas = document.createElement("canvas");
        [canvas.width, canvas.height] = [300, 100];
        const surface = { context: canvas.getContext("2d"), scale: 1, width: 300, height: 100 };
        const chart = new Chart(surface, { lines: [], format: String });
        const inked = (ghost) => {
          const header = { step: 0, metrics: {} };
          const record = { header, rows: [], column: () => 0, latest: () => 0 };
          chart.draw(record, theme, { domain: [1, 8], lastStep: 100, marks: [], hidden: new Set(), ghost });
          const { data } = surface.context.getImageData(60, 0, 100, 100);
          return Array.from({ length: 100 }, (_, y) => data[4 * (100 * y + 13) + 3] > 0);
        };
        return [inked({ low: 1, high: 3.5, label: "your guess" }), inked(null)];
        """,
    )
    # The axis runs from the value 1 at 95 pixels to 8 at 5: 3.5 is at 62.9.
    assert [y for y in range(100) if with_band[y] != without[y]] == list(range(62, 95))
