"""The curves of a run never grow past a bound, and a reader can follow them."""

import numpy as np
import pytest

from moe_core.history import History

SPACING = 10


@pytest.fixture
def four_rows(monkeypatch: pytest.MonkeyPatch) -> History:
    """A history of at most four rows, ten steps apart."""
    monkeypatch.setattr(History, "MAX_ROWS", 4)
    return History(SPACING)


def record(history: History, first: int, last: int) -> None:
    """Train from one step to another, as a trainer does; every column holds its number times the step."""
    for step in range(first, last + 1):
        if history.wants(step):
            history.append(**{name: float(step * number) for number, name in enumerate(History.COLUMNS, start=1)})


def steps(history: History) -> list[int]:
    return history.rows()[:, 0].astype(int).tolist()


def test_rows_hold_their_columns_in_order() -> None:
    history = History(SPACING)
    record(history, 0, 10)
    assert history.rows().tolist() == [[0.0] * 9, [10.0 * number for number in range(1, 10)]]
    assert history.rows().dtype == np.float32
    assert len(history) == 2


def test_a_reader_asks_only_for_rows_it_does_not_have() -> None:
    history = History(SPACING)
    record(history, 0, 30)
    read = len(history)
    record(history, 31, 50)
    assert history.rows(read)[:, 0].tolist() == [40.0, 50.0]
    assert history.rows(len(history)).shape == (0, len(History.COLUMNS))


def test_rows_given_out_do_not_change_later() -> None:
    history = History(SPACING)
    record(history, 0, 10)
    rows = history.rows()
    rows[:] = -1.0
    assert steps(history) == [0, 10]


def test_a_full_history_is_thinned_by_hand(four_rows: History) -> None:
    record(four_rows, 0, 30)
    assert (steps(four_rows), four_rows.version) == ([0, 10, 20, 30], 0)
    record(four_rows, 31, 40)
    assert (steps(four_rows), four_rows.version) == ([0, 20, 40], 1)
    record(four_rows, 41, 70)
    assert (steps(four_rows), four_rows.version) == ([0, 20, 40, 60], 1)
    record(four_rows, 71, 80)
    assert (steps(four_rows), four_rows.version) == ([0, 40, 80], 2)


def test_a_row_that_the_wider_spacing_does_not_want_is_dropped(monkeypatch: pytest.MonkeyPatch) -> None:
    """With an odd bound the row that overflows falls between two rows of the wider spacing."""
    monkeypatch.setattr(History, "MAX_ROWS", 5)
    history = History(SPACING)
    record(history, 0, 50)
    assert steps(history) == [0, 20, 40]
    record(history, 51, 60)
    assert steps(history) == [0, 20, 40, 60]


def test_a_run_of_any_length_is_bounded_regular_and_complete(four_rows: History) -> None:
    """At every moment: at most MAX_ROWS rows, from step 0 on, evenly spaced, the last no older than one spacing."""
    version, seen = four_rows.version, 0
    for step in range(0, 5000, SPACING):
        record(four_rows, step, step)
        rows = steps(four_rows)
        assert len(rows) <= 4
        assert rows == list(range(0, rows[-1] + 1, four_rows.spacing))
        assert step - rows[-1] < four_rows.spacing
        # Rows a reader has are still there and in place for as long as the version is the same.
        assert four_rows.version > version or len(rows) >= seen
        version, seen = four_rows.version, len(rows)


def test_a_long_run_fits_in_memory() -> None:
    history = History(1)
    record(history, 0, 5000)
    assert len(history) <= History.MAX_ROWS == 1024
    assert history.rows().nbytes < 50_000


def test_a_restored_history_goes_on_as_the_saved_one(four_rows: History) -> None:
    record(four_rows, 0, 55)
    restored = History(SPACING)
    version = restored.version
    restored.restore(four_rows.rows(), four_rows.spacing)
    assert restored.version != version
    for history in (four_rows, restored):
        record(history, 56, 200)
    assert np.array_equal(restored.rows(), four_rows.rows())
    assert restored.spacing == four_rows.spacing
