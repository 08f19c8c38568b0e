"""When experts went quiet, and when a mixture collapsed, by hand."""

import math

import numpy as np

from moe_core.narrator.spells import collapse_onset, under_share_since

STEPS = np.arange(0, 401, 100)


def test_a_spell_lasts_since_its_first_row_if_nothing_broke_it() -> None:
    """Two experts: the line is 0.05."""
    load = np.array([[0.04, 0.96], [0.06, 0.94], [0.04, 0.96], [0.0, 1.0], [0.049, 0.951]])
    assert np.array_equal(under_share_since(STEPS, load), [200, math.nan], equal_nan=True)


def test_a_load_on_the_line_is_in_no_spell() -> None:
    load = np.tile([0.025, 0.325, 0.325, 0.325], (5, 1))
    assert np.isnan(under_share_since(STEPS, load)).all()


def test_who_does_not_exist_is_in_no_spell_and_has_no_share() -> None:
    """0.04 is over a tenth of a third; it is under a tenth of a half."""
    three = np.tile([0.04, 0.5, 0.46], (5, 1))
    two = np.tile([0.04, 0.96, math.nan], (5, 1))
    assert np.isnan(under_share_since(STEPS, three)).all()
    assert np.array_equal(under_share_since(STEPS, two), [0, math.nan, math.nan], equal_nan=True)


def test_collapse_began_with_the_spell_that_completed_the_half() -> None:
    load = np.array([[0.5, 0.3, 0.2, 0.0]] + [[0.5, 0.5, 0.0, 0.0]] * 4)
    assert collapse_onset(STEPS, load) == 100
    assert collapse_onset(STEPS[:3], load[:3]) is None
    assert collapse_onset(STEPS[:4], load[:4]) == 100
    assert collapse_onset(STEPS, load, patience=400) is None


def test_collapse_stays_what_it_was_when_experts_come_back() -> None:
    load = np.array([[1.0, 0.0]] * 3 + [[0.5, 0.5]] * 2)
    assert collapse_onset(STEPS, load) == 0


def test_where_nobody_exists_nothing_collapses() -> None:
    assert collapse_onset(STEPS, np.full((5, 2), math.nan)) is None
