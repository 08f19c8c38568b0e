"""Every rule speaks when its condition holds, and only then."""

import math
from dataclasses import replace

import numpy as np
import pytest

from moe_core.narrator import RULES, Story, narrate
from tests.moe_core.narrator.boundaries import BOUNDARIES, Boundary, beside, without
from tests.moe_core.narrator.stories import QUIET_LOAD, changed, curve, happened, rows, said, story

EACH = pytest.mark.parametrize("boundary", BOUNDARIES, ids=lambda boundary: f"{boundary.rule}: {boundary.why}")

READ_THE_LOAD = {
    "dead",
    "idle",
    "came_back",
    "collapse",
    "hidden_collapse",
    "killed",
    "forced",
    "busiest",
    "balanced",
    "undecided",
    "decided",
}


def test_every_rule_has_a_boundary() -> None:
    assert {boundary.rule for boundary in BOUNDARIES} == set(RULES)


@EACH
def test_a_rule_holds_on_one_side_of_its_boundary_only(boundary: Boundary) -> None:
    assert boundary.rule in said(boundary.inside)
    assert boundary.rule not in said(boundary.outside)


@EACH
def test_a_rule_finds_nothing_where_a_curve_it_reads_is_not_finite(boundary: Boundary) -> None:
    for name, values in boundary.inside.series.items():
        for unknown in (np.nan, np.inf):
            broken = np.append(values[:-1], unknown)
            assert boundary.rule not in said(replace(boundary.inside, series={**boundary.inside.series, name: broken}))


@EACH
def test_a_rule_finds_nothing_where_a_curve_it_reads_is_absent(boundary: Boundary) -> None:
    for name in boundary.inside.series:
        assert boundary.rule not in said(without(boundary.inside, name))


@EACH
def test_where_no_expert_exists_only_rules_of_curves_find_something(boundary: Boundary) -> None:
    load = boundary.inside.load.copy()
    load[-1] = np.nan
    heard = boundary.rule in said(replace(boundary.inside, load=load))
    assert heard == (boundary.rule not in READ_THE_LOAD)


@EACH
def test_one_row_supports_only_what_is_said_of_one_row(boundary: Boundary) -> None:
    of_one_row = {"busiest", "undecided", "decided"}
    assert set(said(rows(boundary.inside, slice(-1, None)))) <= of_one_row


def test_a_window_with_a_hole_has_no_mean() -> None:
    score = curve(200, {0: 0.9, 150: np.nan, 160: 0.9})
    assert said(story(200, test_score=score, plain_test_score=0.5)) == []


def test_a_spell_that_was_broken_begins_anew() -> None:
    under = (0.5, 0.3, 0.2, 0.0)
    broken = changed(changed(story(300, under), from_step=150, load=QUIET_LOAD), from_step=160, load=under)
    (remark,) = narrate(broken)
    assert (remark.rule, remark.step, remark.experts) == ("idle", 160, (3,))


def test_what_the_untrained_router_leaves_out_is_not_idle() -> None:
    """At step 0 nothing has happened yet. Left out for long it is dead all the same."""
    left_out = (0.5, 0.3, 0.2, 0.0)
    assert said(story(0, left_out)) == []
    assert said(story(190, left_out)) == []
    assert said(story(200, left_out)) == ["dead"]


def test_a_new_expert_that_has_not_been_let_in_yet_is_not_idle() -> None:
    joined = changed(story(400, (0.5, 0.3, 0.2, math.nan)), from_step=300, load=(0.5, 0.3, 0.2, 0.0))
    assert said(joined) == []
    assert said(changed(changed(joined, from_step=350, load=QUIET_LOAD), from_step=360, load=(0.5, 0.3, 0.2, 0.0))) == [
        "idle"
    ]


def test_an_expert_that_does_not_exist_yet_is_not_dead() -> None:
    """Of three that exist the fair share is a third: 0.03 is under a tenth of it, and over a tenth of a quarter."""
    assert said(story(300, (0.5, 0.47, 0.03, math.nan))) == ["dead"]
    assert said(story(300, (0.5, 0.4, 0.1, math.nan))) == []
    assert said(story(300, (0.5, 0.47, 0.03, 0.0))) == ["dead"]
    assert [remark.experts for remark in narrate(story(300, (0.5, 0.47, 0.03, 0.0)))] == [(3,)]


def test_an_expert_that_has_just_come_into_being_did_not_come_back() -> None:
    assert said(changed(story(400, (0.5, 0.3, 0.2, math.nan)), from_step=300, load=QUIET_LOAD)) == []


def test_an_expert_that_is_taken_away_is_no_longer_dead() -> None:
    assert said(changed(story(400, (0.5, 0.3, 0.2, 0.0)), from_step=300, load=(0.5, 0.3, 0.2, math.nan))) == []


@pytest.mark.parametrize("load", [(1.0,), (1 / 6,) * 6, (0.25, 0.25, 0.25, 0.25, math.nan)], ids=str)
def test_of_loads_that_are_equal_by_definition_nothing_is_said(load: tuple[float, ...]) -> None:
    assert said(story(1000, load)) == []


def test_loads_that_became_equal_are_balanced() -> None:
    assert said(changed(story(500, QUIET_LOAD), from_step=300, load=(0.25,) * 4)) == ["balanced"]


def test_a_collapse_began_when_the_expert_went_quiet_that_completed_the_half() -> None:
    one, two, three = (0.6, 0.2, 0.2, 0.0), (0.6, 0.4, 0.0, 0.0), (1.0, 0.0, 0.0, 0.0)
    run = changed(changed(story(500, one), from_step=100, load=two), from_step=150, load=three)
    (collapse,) = [remark for remark in narrate(run) if remark.rule == "collapse"]
    assert (collapse.step, collapse.values["onset"], collapse.values["dead"]) == (300, 100, 3)


def test_of_several_dead_experts_the_most_alive_is_quoted() -> None:
    remark = next(remark for remark in narrate(story(500, (0.6, 0.39, 0.01, 0.0))) if remark.rule == "dead")
    assert remark.experts == (2, 3)
    assert (remark.values["load"], remark.values["spell"], remark.values["fair"]) == (0.01, 500, 0.25)


def test_a_rival_is_compared_by_means_of_the_last_hundred_steps() -> None:
    """Of the eleven rows of the window five have a gap of 0.1: 0.5 / 11 = 0.0455. What was before does not count."""
    run = story(300, test_score=curve(300, {0: 0.2, 200: 0.8, 260: 0.9}), plain_test_score=0.8)
    (remark,) = narrate(run)
    assert remark.rule == "ahead_of_plain"
    assert remark.values["gap"] == pytest.approx(0.5 / 11)
    assert remark.values["span"] == 100


def test_a_window_between_rows_reaches_back_to_the_row_before_it() -> None:
    run = rows(story(640, test_score=0.9, plain_test_score=0.5), slice(None, None, 16))
    (remark,) = narrate(run)
    assert remark.values["span"] == 160


@pytest.mark.parametrize("rival", ["plain", "wide"])
def test_a_known_rival_is_ahead_behind_or_level_and_only_one_of_them(rival: str) -> None:
    random = np.random.default_rng(0)
    for _ in range(50):
        ours, theirs = random.uniform(0.7, 0.75, size=2)
        assert len(said(beside(f"{rival}_test_score", ours, theirs))) == 1


def test_of_a_run_without_rows_nothing_is_said() -> None:
    empty = Story(np.empty(0, dtype=int), np.empty((0, 4)), {"test_loss": np.empty(0)})
    assert said(empty) == []
    assert happened(empty) == []
