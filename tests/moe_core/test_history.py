"""The curves of a run never grow past a bound, and a reader can follow them."""

import numpy as np
import pytest

from moe_core.history import History

SPACING = 10


@pytest.fixture
def four_rows(monkeypatch: pytest.MonkeyPatch) -> History:
    """A history of at most four rows, ten steps apart."""
    monkeypatch.setattr(History, "MAX_ROWS", 4)
    return History(SPACING, 2)


def record(history: History, first: int, last: int, num_experts: int = 2) -> None:
    """Train from one step to another, as a trainer does; every column holds its number times the step."""
    for step in range(first, last + 1):
        if history.wants(step):
            load = np.arange(num_experts, dtype=np.float32) + step
            history.append(load, **{name: float(step * number) for number, name in enumerate(History.COLUMNS, start=1)})


def steps(history: History) -> list[int]:
    return history.rows()[:, 0].astype(int).tolist()


def test_rows_hold_their_columns_in_order() -> None:
    history = History(SPACING, 2)
    record(history, 0, 10)
    assert history.rows().tolist() == [[0.0] * 14, [10.0 * number for number in range(1, 15)]]
    assert history.loads().tolist() == [[0.0, 1.0], [10.0, 11.0]]
    assert history.column("balance_loss").tolist() == [0.0, 40.0]
    assert history.rows().dtype == history.loads().dtype == np.float32
    assert len(history) == 2


def test_a_reader_asks_only_for_rows_it_does_not_have() -> None:
    history = History(SPACING, 2)
    record(history, 0, 30)
    read = len(history)
    record(history, 31, 50)
    assert history.rows(read)[:, 0].tolist() == [40.0, 50.0]
    assert history.loads(read)[:, 0].tolist() == [40.0, 50.0]
    assert history.rows(len(history)).shape == (0, len(History.COLUMNS))


def test_rows_given_out_do_not_change_later() -> None:
    history = History(SPACING, 2)
    record(history, 0, 10)
    for given in (history.rows(), history.loads(), history.column("step")):
        given[:] = -1.0
    assert steps(history) == history.loads()[:, 0].tolist() == [0, 10]


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
    history = History(SPACING, 2)
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
        assert rows == four_rows.loads()[:, 0].tolist() == list(range(0, rows[-1] + 1, four_rows.spacing))
        assert four_rows.last_step == rows[-1]
        assert step - rows[-1] < four_rows.spacing
        # Rows a reader has are still there and in place for as long as the version is the same.
        assert four_rows.version > version or len(rows) >= seen
        version, seen = four_rows.version, len(rows)


def test_a_long_run_fits_in_memory() -> None:
    history = History(1, 2)
    record(history, 0, 5000)
    assert len(history) <= History.MAX_ROWS == 1024
    assert history.rows().nbytes < 60_000


def test_without_rows_there_is_no_last_step() -> None:
    assert History(SPACING, 2).last_step == -1


def test_an_expert_that_was_added_has_no_load_before() -> None:
    """Its column is NaN where it did not exist, and a reader is told that the table is wider now."""
    history = History(SPACING, 2)
    record(history, 0, 10)
    version = history.version
    record(history, 11, 30, num_experts=3)
    nan = float("nan")
    wanted = [[0, 1, nan], [10, 11, nan], [20, 21, 22], [30, 31, 32]]
    assert np.array_equal(history.loads(), np.array(wanted), equal_nan=True)
    assert history.version == version + 1


def test_thinning_keeps_the_loads_beside_their_rows(four_rows: History) -> None:
    record(four_rows, 0, 20)
    record(four_rows, 21, 80, num_experts=3)
    assert four_rows.loads()[:, 0].tolist() == steps(four_rows) == [0, 40, 80]
    assert np.isnan(four_rows.loads()[:, 2]).tolist() == [True, False, False]


def test_rows_of_later_steps_are_forgotten_with_the_experts_that_they_knew() -> None:
    history = History(SPACING, 2)
    record(history, 0, 20)
    record(history, 21, 40, num_experts=3)
    record(history, 41, 60, num_experts=4)
    version = history.version
    history.forget_after(45)
    assert steps(history) == [0, 10, 20, 30, 40]
    assert history.loads().shape == (5, 3)
    history.forget_after(20)
    assert history.loads().shape == (3, 2)
    assert history.version == version + 2
    straight = History(SPACING, 2)
    record(straight, 0, 20)
    for one in (history, straight):
        record(one, 21, 30, num_experts=3)
    assert np.array_equal(history.loads(), straight.loads(), equal_nan=True)
    assert np.array_equal(history.rows(), straight.rows())


def test_forgetting_nothing_tells_nobody() -> None:
    history = History(SPACING, 2)
    record(history, 0, 40)
    version = history.version
    history.forget_after(40)
    history.forget_after(1000)
    assert (steps(history), history.version) == ([0, 10, 20, 30, 40], version)


@pytest.mark.parametrize(("step", "num_rows"), [(0, 1), (19, 2), (20, 3), (30, 4), (1000, 4)])
@pytest.mark.parametrize("num_experts", [2, 3, 4])
def test_rows_up_to_a_step_have_the_loads_of_as_many_experts_as_are_asked_for(
    step: int, num_rows: int, num_experts: int
) -> None:
    history = History(SPACING, 2)
    record(history, 0, 20)
    record(history, 21, 30, num_experts=3)
    rows, loads = history.until(step, num_experts)
    assert np.array_equal(rows, history.rows()[:num_rows])
    wanted = np.full((num_rows, 4), np.nan)
    wanted[:, :3] = history.loads()[:num_rows]
    assert np.array_equal(loads, wanted[:, :num_experts], equal_nan=True)


def test_a_restored_history_goes_on_as_the_saved_one(four_rows: History) -> None:
    record(four_rows, 0, 35)
    record(four_rows, 36, 55, num_experts=3)
    restored = History(SPACING, 2)
    version = restored.version
    restored.restore(*four_rows.until(55, 4), four_rows.spacing)
    assert restored.version != version
    for history in (four_rows, restored):
        record(history, 56, 200, num_experts=4)
    assert np.array_equal(restored.rows(), four_rows.rows())
    assert np.array_equal(restored.loads(), four_rows.loads(), equal_nan=True)
    assert restored.spacing == four_rows.spacing
