"""What is said now, and what happened: order, memory, and what may not change either."""

from dataclasses import replace

import numpy as np
import pytest

from moe_core.narrator import RULES, Story, events, narrate
from tests.moe_core.narrator.stories import QUIET_LOAD, changed, curve, happened, rows, said, story
from tests.source_tree import ROOT, SourceTree

LOADS = [
    QUIET_LOAD,
    (0.26, 0.25, 0.245, 0.245),
    (0.4, 0.36, 0.24, 0.0),
    (0.8, 0.2, 0.0, 0.0),
    (0.0, 0.002, 0.45, 0.548),
    (0.003, 0.997, 0.0, 0.0),
]
SEEDS = pytest.mark.parametrize("seed", range(8))


def phases(seed: int, count: int = 6, length: int = 800) -> Story:
    """A run in phases of 800 steps; in each all curves stand still, at levels drawn by chance."""
    random = np.random.default_rng(seed)

    def piecewise(*levels: float) -> np.ndarray:
        return curve(count * length, {phase * length: float(random.choice(levels)) for phase in range(count)})

    run = story(
        count * length,
        chance=0.5,
        test_score=piecewise(0.5, 0.8, 0.95),
        plain_test_score=piecewise(0.8, 0.9),
        wide_test_score=piecewise(0.95, 0.96),
        test_loss=piecewise(0.2, 0.5, 0.9),
        train_loss=piecewise(0.1, 0.3, 0.8),
        router_entropy=piecewise(0.05, 0.7, 1.35),
    )
    for phase in range(count):
        run = changed(run, from_step=phase * length, load=LOADS[random.integers(len(LOADS))])
    return run


def trembling(seed: int) -> Story:
    """A run whose curves all wander, so that they cross lines often."""
    random = np.random.default_rng(seed)
    logits = np.cumsum(random.normal(scale=0.6, size=(120, 5)), axis=0)
    load = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    names = ("train_loss", "test_loss", "test_score", "plain_test_score", "wide_test_score", "router_entropy")
    walks = {name: np.abs(0.7 + np.cumsum(random.normal(scale=0.03, size=120))) for name in names}
    return Story(np.arange(120) * 10, load, walks, chance=0.5)


def test_of_a_quiet_run_nothing_is_said() -> None:
    """It learns, it is not compared with anything, and its experts have unequal work."""
    progress = np.linspace(0, 1, 101)
    run = story(
        1000,
        chance=0.1,
        train_loss=2 - 1.5 * progress,
        test_loss=2 - 1.4 * progress,
        test_score=0.15 + 0.8 * progress,
        router_entropy=0.7,
    )
    assert said(run) == []
    assert happened(run) == []


def test_what_matters_most_is_said_first() -> None:
    run = story(600, (1.0, 0.0, 0.0, 0.0), test_score=0.9, plain_test_score=0.8, test_loss=1.0, router_entropy=0.0)
    remarks = narrate(run)
    assert [remark.rule for remark in remarks] == [
        "collapse",
        "hidden_collapse",
        "busiest",
        "dead",
        "plateau",
        "ahead_of_plain",
        "decided",
    ]
    urgencies = [remark.urgency for remark in remarks]
    assert urgencies == sorted(set(urgencies), reverse=True)


def test_the_story_of_a_run_by_hand() -> None:
    """Expert 3 falls silent at step 300 and speaks again at 800; the mixture overtakes the plain network at 500."""
    run = story(1200, test_score=curve(1200, {0: 0.7, 500: 0.9}), plain_test_score=0.8)
    run = changed(run, from_step=300, load=(0.4, 0.36, 0.0, 0.24))
    run = changed(run, from_step=800, load=QUIET_LOAD)
    # The mean over the eleven rows of 100 steps is 0.9 - 0.2 r / 11, with r rows of before: 0.82 at r = 4.4 or less.
    assert happened(run) == [
        (100, "behind_plain", ()),
        (500, "dead", (2,)),
        (560, "ahead_of_plain", ()),
        (800, "came_back", (2,)),
    ]
    assert said(run) == ["ahead_of_plain"]


def test_experts_who_die_together_share_an_event() -> None:
    run = changed(story(600, QUIET_LOAD), from_step=100, load=(0.6, 0.4, 0.0, 0.0))
    assert happened(run) == [(100, "busiest", (0,)), (300, "collapse", ()), (300, "dead", (2, 3))]


def test_what_is_true_at_the_first_row_did_not_happen() -> None:
    run = story(100, (0.7, 0.2, 0.1))
    assert said(run) == ["busiest"]
    assert happened(run) == []


def test_a_curve_that_trembles_on_a_threshold_is_one_event() -> None:
    run = story(300, (0.49, 0.31, 0.2))
    for step in range(100, 200, 20):
        run = changed(changed(run, from_step=step, load=(0.51, 0.3, 0.19)), from_step=step + 10, load=(0.49, 0.31, 0.2))
    assert happened(run) == [(100, "busiest", (0,))]


def test_what_was_over_for_more_than_a_hundred_steps_is_a_new_event() -> None:
    once = changed(story(400, (0.49, 0.31, 0.2)), from_step=100, load=(0.51, 0.3, 0.19))
    over = changed(once, from_step=110, load=(0.49, 0.31, 0.2))
    assert happened(changed(over, from_step=210, load=(0.51, 0.3, 0.19))) == [
        (100, "busiest", (0,)),
        (210, "busiest", (0,)),
    ]
    assert happened(changed(over, from_step=200, load=(0.51, 0.3, 0.19))) == [(100, "busiest", (0,))]


def test_what_lasts_is_one_event_however_far_rows_are_apart() -> None:
    run = changed(story(1600, (0.49, 0.31, 0.2)), from_step=320, load=(0.51, 0.3, 0.19))
    assert happened(rows(run, slice(None, None, 16))) == [(320, "busiest", (0,))]


def test_of_several_experts_the_last_one_tells_since_when() -> None:
    silent = changed(story(500, (0.2, 0.2, 0.1, 0.3, 0.2)), from_step=10, load=(0.3, 0.2, 0, 0.3, 0.2))
    run = changed(silent, from_step=100, load=(0.45, 0.35, 0, 0, 0.2))
    (idle,) = narrate(rows(run, slice(16)))
    assert (idle.rule, idle.step, idle.experts, idle.values["since"]) == ("idle", 100, (2, 3), 100)
    (dead,) = narrate(rows(run, slice(41)))
    assert (dead.rule, dead.step, dead.experts, dead.values["spell"]) == ("dead", 300, (2, 3), 300)
    assert happened(run) == [(210, "dead", (2,)), (300, "dead", (3,))]


def test_a_remark_tells_since_when_it_is_true() -> None:
    run = changed(story(500, QUIET_LOAD), from_step=120, load=(0.5, 0.3, 0.2, 0.0))
    (remark,) = narrate(run)
    assert (remark.rule, remark.step, remark.values["spell"]) == ("dead", 320, 380)


@SEEDS
@pytest.mark.parametrize("tell", [phases, trembling])
def test_what_happened_does_not_change_as_the_run_goes_on(tell, seed) -> None:
    whole = tell(seed)
    remarks = events(whole)
    assert remarks
    for count in range(1, len(whole.steps), 13):
        known = [remark for remark in remarks if remark.step <= whole.steps[count - 1]]
        assert events(rows(whole, slice(count))) == known


@SEEDS
def test_an_event_has_the_sentence_that_was_said_at_its_step(seed) -> None:
    """Unless other experts are in that state already: what is said then names them all."""
    whole = trembling(seed)
    for event in events(whole):
        row = int(np.flatnonzero(whole.steps == event.step)[0])
        said_then = {remark.rule: remark for remark in narrate(rows(whole, slice(row + 1)))}
        assert set(event.experts) <= set(said_then[event.rule].experts)
        if event.experts == said_then[event.rule].experts:
            assert event.sentence() == said_then[event.rule].sentence()


@SEEDS
def test_numbering_the_experts_otherwise_changes_only_their_numbers(seed) -> None:
    whole = trembling(seed)
    order = np.random.default_rng(seed).permutation(5)
    shuffled = replace(whole, load=whole.load[:, order])
    for count in range(1, len(whole.steps) + 1, 7):
        before, after = (narrate(rows(run, slice(count))) for run in (whole, shuffled))
        renamed = [replace(remark, experts=tuple(sorted(order[list(remark.experts)]))) for remark in after]
        assert renamed == before


@SEEDS
@pytest.mark.parametrize("every", [2, 4, 8])
def test_thinning_the_rows_invents_nothing(seed, every) -> None:
    """At the end of each phase of a run that stands still for longer than rows are apart."""
    whole = phases(seed)
    for last in range(0, 481, 80):
        full, thinned = rows(whole, slice(last)), rows(whole, slice(0, last, every))
        found = {(remark.rule, remark.experts) for remark in narrate(full)}
        assert {(remark.rule, remark.experts) for remark in narrate(thinned)} <= found
    full_events = {(remark.rule, remark.experts) for remark in events(whole)}
    assert {(remark.rule, remark.experts) for remark in events(rows(whole, slice(None, None, every)))} <= full_events


@SEEDS
def test_a_story_is_only_read(seed) -> None:
    whole = trembling(seed)
    load = whole.load.copy()
    narrate(whole)
    events(whole)
    assert np.array_equal(whole.load, load)


def test_made_runs_reach_every_rule() -> None:
    """So that the properties above are not empty."""
    reached = {
        remark.rule
        for seed in range(8)
        for whole in (phases(seed), trembling(seed))
        for count in range(1, len(whole.steps) + 1, 10)
        for remark in narrate(rows(whole, slice(count)))
    }
    assert reached == set(RULES) - {"killed", "forced"}  # Nobody does anything to these.


def test_the_narrator_never_loads_torch() -> None:
    assert SourceTree(ROOT).way_to("moe_core.narrator", ("torch",)) is None
