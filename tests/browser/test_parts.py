"""The parts of the live view that only draw what they are told: each is given frames made here, in a real Chromium."""

import pytest
from playwright.sync_api import Page

from moe_core.spells import DEAD_BELOW
from tests.browser.drawn_parts import run

pytestmark = pytest.mark.browser


def test_bands_of_the_stream_sum_to_one_and_an_expert_that_is_not_there_yet_has_none(parts: Page) -> None:
    borders = run(
        parts,
        """
        const { borders } = await load("stream");
        return [[0.5, 0.25, 0.25], [0.75, 0.25, NaN], [0, 0, 0]].map(borders);
        """,
    )
    assert borders == [[0, 0.5, 0.75, 1], [0, 0.75, 1, 1], [0, 0, 0, 0]]


def test_marks_stand_at_the_steps_of_commands_and_events_in_order_and_in_words(parts: Page) -> None:
    marks = run(
        parts,
        """
        const { marksOf } = await load("marks");
        const log = [
          { step: 40, name: "kill", value: 2 },
          { step: 90, name: "add", value: null },
          { step: 60, name: "balance_coefficient", value: 0.5 },
        ];
        return marksOf({ log, events: [{ step: 50, text: "Expert 3 died." }] }, words);
        """,
    )
    assert [(mark["step"], mark["kind"]) for mark in marks] == [
        (40, "command"),
        (50, "event"),
        (60, "command"),
        (90, "command"),
    ]
    assert marks[0]["text"] == "kill expert 3"
    assert marks[1]["text"] == "Expert 3 died."
    assert marks[2]["text"] == "Balance coefficient = 0.5"
    assert marks[3]["text"] == "add an expert"


def test_the_time_slider_asks_for_one_step_at_a_time_and_for_the_last_one_dragged_to(parts: Page) -> None:
    asked, on_the_way, after = run(
        parts,
        """
        const { Timeline } = await load("timeline");
        const asked = [];
        const timeline = new Timeline(words, (step) => asked.push(step));
        document.body.append(timeline.root);
        const frame = (step) => {
          const header = { step, last_step: 40, log: [], events: [] };
          timeline.update({ header, arrays: { kept_steps: new Float32Array([0, 10, 20, 30, 40]) } });
        };
        const drag = (step) => {
          timeline.slider.value = step;
          timeline.slider.dispatchEvent(new Event("input"));
        };
        frame(40);
        [32, 21, 9].forEach(drag);
        const onTheWay = [...asked];
        frame(40);
        frame(30);
        const after = [...asked];
        frame(10);
        drag(10);
        return [[...asked], onTheWay, after];
        """,
    )
    assert on_the_way == [30]
    assert after == [30, 10]
    assert asked == [30, 10]


def test_the_time_slider_says_what_playing_on_would_forget_and_offers_the_way_back(parts: Page) -> None:
    now, back, kept = run(
        parts,
        """
        const { Timeline } = await load("timeline");
        const asked = [];
        const timeline = new Timeline(words, (step) => asked.push(step));
        const frame = (step, keptSteps) => {
          const header = { step, last_step: 1240, log: [], events: [] };
          timeline.update({ header, arrays: { kept_steps: new Float32Array(keptSteps) } });
          return [timeline.text.textContent, timeline.slider.disabled, timeline.latest.disabled];
        };
        const only = frame(1240, [0]);
        const latest = frame(1240, [0, 600, 1240]);
        const back = frame(600, [0, 600, 1240]);
        timeline.latest.click();
        return [only, [...latest], [...back, asked, timeline.slider.value]];
        """,
    )
    assert now[1:] == [True, True]
    assert back[1:] == [False, True]
    assert kept == [
        "Step 600 of 1,240. Play goes on from here; what came later is then forgotten.",
        False,
        False,
        [1240],
        "1240",
    ]


def test_the_time_slider_stands_at_its_step_and_snaps_to_kept_states(parts: Page) -> None:
    """Kept states lie unevenly; a place on the slider is a share of all steps, and keys go from one to the next."""
    shown, dragged, asked = run(
        parts,
        """
        const { Timeline } = await load("timeline");
        const asked = [];
        const timeline = new Timeline(words, (step) => asked.push(step));
        document.body.append(timeline.root);
        const { slider } = timeline;
        const frame = (step) => {
          const header = { step, last_step: 1000, log: [{ step: 250, name: "kill", value: 0 }], events: [] };
          timeline.update({ header, arrays: { kept_steps: new Float32Array([0, 10, 20, 640, 1000]) } });
        };
        frame(500);
        const shown = [slider.valueAsNumber, slider.max, timeline.ticks.commands.getAttribute("d")];
        slider.value = 290;
        slider.dispatchEvent(new Event("input"));
        const dragged = [slider.valueAsNumber, slider.getAttribute("aria-valuetext")];
        frame(20);
        for (const key of ["ArrowRight", "ArrowRight", "ArrowRight", "ArrowLeft", "PageDown", "End", "Home", "x"]) {
          slider.dispatchEvent(new KeyboardEvent("keydown", { key, cancelable: true }));
          if (timeline.asked !== null) {
            frame(asked.at(-1));
          }
        }
        return [shown, dragged, asked];
        """,
    )
    assert shown == [500, "1000", "M250 0V1"]
    assert dragged == [20, "Step 20"]
    assert asked == [20, 640, 1000, 640, 0, 1000, 0]


def test_the_axis_of_a_group_reaches_as_far_as_its_longest_member(parts: Page) -> None:
    alone, together = run(
        parts,
        """
        const { lastStepOf } = await load("axes");
        const record = (step, last) => ({ header: { step, last_step: last }, latest: () => step });
        return [lastStepOf([record(300, 300)]), lastStepOf([record(300, 300), record(50, 900)])];
        """,
    )
    assert alone == 400
    assert together == 1000


def test_an_expert_counts_as_idle_on_the_screen_where_the_core_counts_it_as_dead(parts: Page) -> None:
    conditions = run(
        parts,
        f"""
        const {{ conditionOf }} = await load("condition");
        const header = {{ fair_share: 0.25, experts: {{ killed: [2], frozen: [3], waking: [], forced: null }} }};
        const least = 0.25 * {DEAD_BELOW};
        return [conditionOf(0, header, least), conditionOf(1, header, 0.999 * least), conditionOf(2, header, 0)];
        """,
    )
    assert conditions == ["alive", "idle", "killed"]


def test_only_an_expert_that_came_later_and_never_had_anything_was_never_asked(parts: Page) -> None:
    """Experts: one idle from the first step on, one that had its share, one that came and was never asked."""
    found = run(
        parts,
        """
        const { wasNeverAsked } = await load("condition");
        const loads = [[0, NaN, NaN], [0, 0.5, 0], [0, 0, 0]];
        return [0, 1, 2].map((expert) => wasNeverAsked(expert, { loads }));
        """,
    )
    assert found == [False, False, True]


def test_a_cell_of_the_matrix_says_its_share_in_percent(parts: Page) -> None:
    cell, nothing = run(
        parts,
        """
        const { Matrix } = await load("matrix");
        const matrix = new Matrix({ context: null, width: 400, height: 200 }, words);
        const arrays = { load: [0.5, 0.5], expert_class: new Float32Array([3, 1, 0, 0]) };
        const at = (x, y) => matrix.cellAt({ x, y }, { header: { task: { num_outputs: 2 } }, arrays });
        return [words("matrix_place", at(0.9, 0.2)), at(0.01, 0.5)];
        """,
    )
    assert cell == "Expert 1, class 1: 25.0%, 1 of its 4 test inputs"
    assert nothing is None


def test_the_narrator_is_silent_to_a_screen_reader_while_the_run_goes_on(parts: Page) -> None:
    running, resting = run(
        parts,
        """
        const { Narrator } = await load("narrator");
        const narrator = new Narrator(words, () => ["As set"]);
        const say = (narration, state, now) => {
          narrator.update([{ header: { narration } }], state, now);
          return [narrator.root.getAttribute("aria-live"), narrator.sentences[0].textContent];
        };
        say(["One."], "running", 1000);
        return [say(["Two."], "running", 1100), say(["Three."], "paused", 1200)];
        """,
    )
    assert running == ["off", "One."]
    assert resting == ["polite", "Three."]


def test_the_narrator_says_of_each_member_what_is_true_of_it_under_its_name(parts: Page) -> None:
    together, alone, other = run(
        parts,
        """
        const { Narrator } = await load("narrator");
        const narrator = new Narrator(words, (records) => records.map(({ header }) => header.name));
        const record = (name, narration, run_version = 1) => ({ header: { name, narration, run_version } });
        const parts = (one) => [...one.children].map((part) => part.textContent);
        const texts = () => [...narrator.root.querySelectorAll("p")].map(parts);
        narrator.update([record("As set", ["A.", "B."]), record("k 2", [])], "running", 1000);
        const together = texts();
        narrator.update([record("As set", ["C.", "D."])], "running", 1010);
        const alone = [texts(), narrator.sentences.map((node) => node.textContent)];
        narrator.update([record("As set", ["E."], 2)], "running", 1020);
        return [together, alone, narrator.sentences.map((node) => node.textContent)];
        """,
    )
    assert together == [["As set", "A."], ["k 2", "Nothing out of the ordinary so far."]]
    assert alone == [[], ["C.", "D.", ""]]
    assert other == ["E.", "", ""]


def test_a_narrator_without_a_finding_says_that_nothing_is_learned_yet_and_nothing_of_a_run_that_diverged(parts: Page):
    assert run(
        parts,
        """
        const { Narrator } = await load("narrator");
        const narrator = new Narrator(words, () => ["As set"]);
        return [[0, "paused"], [10, "paused"], [10, "diverged"], [0, "diverged"]].map(([step, state]) => {
          narrator.update([{ header: { narration: [], step } }], state, 0);
          return narrator.sentences[0].textContent;
        });
        """,
    ) == [
        "Nothing is learned yet: the load follows from the first weights.",
        "Nothing out of the ordinary so far.",
        "",
        "",
    ]


def test_a_new_step_begins_with_one_stage_and_the_later_ones_say_what_they_are(parts: Page) -> None:
    during, next_step, between, hidden = run(
        parts,
        """
        const { Stages } = await load("stages");
        const stages = new Stages(words);
        const numbers = {
          forward: { batch_size: 256 },
          route: { experts_asked: 8, largest_load: 0.25 },
          loss: { task_loss: 0.5, balance_loss: 0.25, plain_loss: 1.5, wide_loss: 0.75 },
        };
        const seen = (name, pace = "motion") => {
          stages.update({ header: { stage: name && { name, numbers: numbers[name] } } }, pace);
          const lit = stages.items.filter(({ root }) => root.getAttribute("aria-current")).map((item) => item.name);
          return [lit, stages.items.map((item) => item.numbers.textContent)];
        };
        seen("forward");
        seen("route");
        const during = seen("loss");
        return [during, seen("forward"), seen(null), [stages.root.hidden, seen(null, "10") && stages.root.hidden]];
        """,
    )
    hints = [
        "A batch goes through router and experts",
        "The router chooses experts for each input",
        "The answers are compared with the targets",
        "How strongly the loss pulls: the gradient's norm",
        "The optimizer moves the weights: how far",
    ]
    forward = "256 inputs go through"
    route = "8 experts asked: the busiest takes 25.0% of the load"
    loss = "mixture 0.50, balance 0.25, plain 1.50, wide 0.75"
    assert during[0] == ["loss"]
    assert during[1] == [forward, route, loss, *hints[3:]]
    assert next_step == [["forward"], [forward, *hints[1:]]]
    assert between == [[], hints]
    assert hidden == [False, True]
