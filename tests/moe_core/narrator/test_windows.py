"""Windows by steps, against loops over their rows."""

import numpy as np
import pytest

from moe_core.narrator.windows import (
    mean_over,
    minimum_over,
    rows_back,
    span,
    stretch_lengths,
    stretch_starts,
    sum_over,
    value_back,
)

UNEVEN = np.array([0, 10, 20, 40, 60, 100, 140, 150])


def test_rows_back_by_hand() -> None:
    assert rows_back(UNEVEN, 50).tolist() == [-1, -1, -1, -1, 1, 3, 4, 5]
    assert rows_back(UNEVEN, 40).tolist() == [-1, -1, -1, 0, 2, 4, 5, 5]


def test_a_window_spans_what_its_rows_span() -> None:
    assert span(UNEVEN, 50, 5) == 60
    assert span(UNEVEN, 50, 7) == 50


def test_windows_are_what_a_loop_finds() -> None:
    random = np.random.default_rng(0)
    steps = np.cumsum(random.integers(1, 5, size=200))
    values = random.normal(size=200)
    for length in (1, 7, 40):
        for row in range(200):
            older = np.flatnonzero(steps <= steps[row] - length)
            window = values[older[-1] : row + 1] if len(older) else np.array([np.nan])
            assert sum_over(steps, values, length)[row] == pytest.approx(window.sum(), nan_ok=True)
            assert mean_over(steps, values, length)[row] == pytest.approx(window.mean(), nan_ok=True)
            assert minimum_over(steps, values, length)[row] == pytest.approx(window.min(), nan_ok=True)
            assert value_back(steps, values, length)[row] == pytest.approx(window[0], nan_ok=True)


def test_a_window_with_a_nan_has_no_value() -> None:
    values = np.array([1.0, 1.0, np.nan, 1.0, 1.0, 1.0, 1.0, 1.0])
    for over in (sum_over, mean_over, minimum_over):
        assert np.isnan(over(UNEVEN, values, 40)).tolist() == [True] * 5 + [False] * 3


def test_stretches_by_hand() -> None:
    holds = np.array([True, True, False, True, True, True, False, True])
    assert stretch_starts(holds).tolist() == [0, 0, 2, 3, 3, 3, 6, 7]
    lengths = stretch_lengths(UNEVEN, holds)
    assert lengths[holds].tolist() == [0, 10, 0, 20, 60, 0]
    assert np.isnan(lengths[~holds]).all()


def test_stretches_of_several_experts_are_each_their_own() -> None:
    holds = np.random.default_rng(0).random((50, 3)) < 0.7
    steps = np.arange(50)
    for expert in range(3):
        alone = holds[:, expert]
        assert np.array_equal(stretch_starts(holds)[:, expert], stretch_starts(alone))
        assert np.array_equal(stretch_lengths(steps, holds)[:, expert], stretch_lengths(steps, alone), equal_nan=True)
