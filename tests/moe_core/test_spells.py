"""Spells, deaths and the onset of a collapse, on loads written down by hand."""

import numpy as np
import pytest

from moe_core.spells import collapse_onset, spell_starts

NAN = np.nan


def every(spacing: int, *load: list[float]) -> tuple[np.ndarray, np.ndarray]:
    """Rows `spacing` steps apart from step 0, and their loads (N, E)."""
    return np.arange(len(load)) * spacing, np.array(load)


def quiet_since(steps: np.ndarray, load: np.ndarray) -> np.ndarray:
    """The first step of the spell that each expert is in at the last row (E,), NaN outside any."""
    return spell_starts(steps, load)[-1]


def test_a_spell_begins_at_its_first_row_under_a_tenth_of_the_fair_share() -> None:
    """Two experts: the line is 0.05. Expert 0 fell under it at step 20."""
    steps, load = every(10, [0.5, 0.5], [0.06, 0.94], [0.04, 0.96], [0.0, 1.0])
    np.testing.assert_equal(quiet_since(steps, load), [20, NAN])


def test_the_line_itself_is_not_under_it() -> None:
    """With four experts it lies at 0.025."""
    steps, load = every(10, [0.026, 0.024, 0.025, 0.925])
    np.testing.assert_equal(quiet_since(steps, load), [NAN, 0, NAN, NAN])


def test_a_row_above_the_line_ends_a_spell() -> None:
    steps, load = every(10, [0.0, 1.0], [0.0, 1.0], [0.3, 0.7], [0.0, 1.0], [0.0, 1.0])
    np.testing.assert_equal(quiet_since(steps, load), [30, NAN])
    np.testing.assert_equal(quiet_since(steps[:3], load[:3]), [NAN, NAN])


def test_an_expert_is_dead_once_its_spell_has_lasted_the_patience() -> None:
    """Under the line from step 100 on: at 299 that is 199 steps, at 300 it is 200. Of two, one dead is a collapse."""
    steps = np.array([0, 100, 200, 299, 300])
    load = np.array([[0.5, 0.5]] + [[0.0, 1.0]] * 4)
    assert collapse_onset(steps[:4], load[:4]) is None
    assert collapse_onset(steps, load) == 100


def test_patience_is_counted_in_steps_and_not_in_rows() -> None:
    steps, load = every(5, *[[0.0, 1.0]] * 5)
    assert collapse_onset(steps, load, patience=20) == 0
    assert collapse_onset(steps, load, patience=21) is None


FOUR_FALL = every(
    100,
    [0.25, 0.25, 0.25, 0.25],
    [0.00, 0.30, 0.30, 0.40],  # step 100: expert 0 goes quiet
    [0.00, 0.30, 0.30, 0.40],
    [0.00, 0.00, 0.50, 0.50],  # step 300: expert 1 goes quiet, and 0 is dead
    [0.00, 0.00, 0.00, 1.00],  # step 400: expert 2 goes quiet
    [0.00, 0.00, 0.00, 1.00],  # step 500: expert 1 is dead, which is half of them
    [0.00, 0.00, 0.00, 1.00],  # step 600: expert 2 is dead
)


def test_the_onset_is_when_the_expert_that_completes_the_half_went_quiet() -> None:
    assert collapse_onset(*FOUR_FALL) == 300


def test_the_onset_is_known_only_when_the_half_is_dead() -> None:
    steps, load = FOUR_FALL
    assert [collapse_onset(steps[:rows], load[:rows]) for rows in range(8)] == [None] * 6 + [300, 300]


def test_of_an_odd_number_the_larger_half_must_die() -> None:
    """Three experts: one dead is less than half of them, two are more."""
    steps, load = every(100, [0.0, 0.5, 0.5], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0], [0.0, 0.0, 1.0])
    assert collapse_onset(steps[:3], load[:3]) is None
    assert collapse_onset(steps, load) == 100


def test_among_several_deaths_at_one_row_the_one_that_completes_the_half_counts() -> None:
    """Rows far apart: three of four are found dead at step 1000, and the second of them went quiet at step 600."""
    steps = np.array([500, 600, 700, 1000])
    load = np.array([[0, 0.3, 0.3, 0.4], [0, 0, 0.5, 0.5], [0, 0, 0, 1.0], [0, 0, 0, 1.0]])
    assert collapse_onset(steps, load, patience=300) == 600


def test_a_collapse_that_was_healed_keeps_its_onset() -> None:
    _, load = FOUR_FALL
    steps, healed = every(100, *load.tolist(), *[[0.25] * 4] * 3)
    assert collapse_onset(steps, healed) == 300


def test_a_slump_shorter_than_the_patience_is_no_collapse() -> None:
    steps, load = every(100, [0.5, 0.5], [0.0, 1.0], [0.0, 1.0], [0.5, 0.5], [0.0, 1.0], [0.0, 1.0])
    assert collapse_onset(steps, load) is None


def test_one_expert_alone_never_collapses() -> None:
    steps, load = every(100, *[[1.0]] * 5)
    assert collapse_onset(steps, load) is None


def test_an_expert_that_does_not_exist_yet_is_not_dead() -> None:
    """The second expert comes at step 200 and is never chosen: its spell begins where it does."""
    steps, load = every(100, [1.0, NAN], [1.0, NAN], [1.0, 0.0], [1.0, 0.0], [1.0, 0.0])
    np.testing.assert_equal(quiet_since(steps[:2], load[:2]), [NAN, NAN])
    np.testing.assert_equal(quiet_since(steps, load), [NAN, 200])
    assert collapse_onset(steps[:4], load[:4]) is None
    assert collapse_onset(steps, load) == 200


def test_only_experts_that_exist_count_toward_the_fair_share_and_the_half() -> None:
    """Of four columns two exist. 0.04 is under a tenth of a half, not of a quarter; one dead is half of two."""
    steps, load = every(100, *[[0.04, 0.96, NAN, NAN]] * 3)
    np.testing.assert_equal(quiet_since(steps, load), [0, NAN, NAN, NAN])
    assert collapse_onset(steps, load) == 0


def test_a_row_without_any_load_is_no_collapse() -> None:
    steps, load = every(100, *[[NAN, NAN]] * 5)
    assert collapse_onset(steps, load) is None
    np.testing.assert_equal(quiet_since(steps, load), [NAN, NAN])


@pytest.mark.parametrize("seed", range(5))
def test_it_is_the_rule_read_row_by_row(seed: int) -> None:
    """Random loads that often fall silent, and the rule as a person would follow it with a pencil."""
    random = np.random.default_rng(seed)
    steps = np.cumsum(random.integers(1, 60, size=80))
    silent = np.cumsum(random.normal(size=(80, 6)), axis=0) < 0
    silent[:, 0] = False
    load = np.where(silent, 0.0, 1.0)
    load /= load.sum(1, keepdims=True)

    quiet: dict[int, int] = {}
    onset = None
    for step, row in zip(steps.tolist(), load, strict=True):
        for expert in range(6):
            if row[expert] >= 0.1 / 6:
                quiet.pop(expert, None)
            else:
                quiet.setdefault(expert, step)
        dead = sorted(since for since in quiet.values() if step - since >= 200)
        if onset is None and len(dead) >= 3:
            onset = dead[2]

    assert collapse_onset(steps, load) == onset
    np.testing.assert_equal(quiet_since(steps, load), [quiet.get(expert, NAN) for expert in range(6)])
    order = random.permutation(6)
    assert collapse_onset(steps, load[:, order]) == onset
    np.testing.assert_equal(quiet_since(steps, load[:, order]), quiet_since(steps, load)[order])
