"""When a run stops by itself: at its step and on a plateau, once each, and it can go on."""

import numpy as np
import pytest

from moe_core.config.training import TrainingConfig
from moe_core.history import History
from moe_core.stopping import reason_to_stop
from moe_core.trainer import Trainer
from tests.moe_core.cases import fingerprint, small_config, train


def stops(trainer: Trainer, num_steps: int) -> dict[int, str]:
    """The steps at which the run says that it should stop, and why, over so many steps that are done all the same."""
    said = {}
    for _ in range(num_steps):
        trainer.step()
        if trainer.stopped:
            said[trainer.step_count] = trainer.stopped
    return said


def test_a_run_stops_at_its_step_once_and_can_go_on() -> None:
    trainer = Trainer(small_config(stop_after=7))
    assert trainer.stopped is None
    assert stops(trainer, 30) == {7: "The run stopped after 7 steps, as it was set to."}


def test_without_a_step_to_stop_at_a_run_never_stops() -> None:
    assert stops(Trainer(small_config()), 30) == {}


def test_stopping_changes_nothing_in_the_run() -> None:
    trainer = train(Trainer(small_config(stop_after=7)), 15)
    trainer.do("stop_after", 0)
    other = train(Trainer(small_config()), 15)
    assert all(np.array_equal(trainer.state().tensors[name], tensor) for name, tensor in other.state().tensors.items())


@pytest.mark.parametrize(("stop_after", "at"), [(12, [12]), (11, [11]), (10, []), (5, [])])
def test_a_step_to_stop_at_can_be_set_while_the_run_goes_on(stop_after: int, at: list[int]) -> None:
    """One that is done already stops nothing."""
    trainer = train(Trainer(small_config()), 10)
    trainer.do("stop_after", stop_after)
    assert list(stops(trainer, 10)) == at


def test_a_run_that_went_back_stops_at_its_step_again() -> None:
    trainer = Trainer(small_config(stop_after=25))
    assert list(stops(trainer, 40)) == [25]
    trainer.go_back(20)
    assert trainer.stopped is None
    assert list(stops(trainer, 20)) == [25]


def test_a_run_that_stopped_and_is_rewound_has_not_stopped() -> None:
    trainer = train(Trainer(small_config(stop_after=7)), 7)
    assert trainer.stopped
    trainer.rewind()
    assert trainer.stopped is None


def plateaus(losses: list[float], patience: int, spacing: int = 10) -> list[int]:
    """The steps at which a made-up curve of test losses stops a run that goes on each time."""
    history, training, found = History(spacing, 1), TrainingConfig(plateau_steps=patience), []
    for row, loss in enumerate(losses):
        step = row * spacing
        values = dict.fromkeys(History.COLUMNS, 0.0) | {"step": float(step), "test_loss": loss}
        history.append(load=np.ones(1, dtype=np.float32), **values)
        if reason_to_stop(step, training, history):
            found.append(step)
    return found


@pytest.mark.parametrize(
    ("losses", "patience", "at"),
    [
        # From the first row on nothing gets better: 30 steps later is step 30, and 31 steps later has no row before 40.
        ([1.0] * 8, 30, [30]),
        ([1.0] * 8, 31, [40]),
        ([1.0] * 8, 29, [30]),
        ([1.0] * 8, 70, [70]),
        ([1.0] * 8, 71, []),
        # Worse is no better.
        ([1.0, 1.5, 2.0, 3.0, 4.0], 30, [30]),
        # Better is under 99% of the best before: 0.9901 is not, 0.9899 is.
        ([1.0, 1.0, 0.9901, 1.0, 1.0, 1.0], 30, [30]),
        ([1.0, 1.0, 0.9899, 1.0, 1.0, 1.0, 1.0], 30, [50]),
        # One row short of the patience, then better again.
        ([1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5], 30, [60]),
        # Steady descent never stops, neither does one of half a percent a row: it adds up to 1%.
        ([0.9**row for row in range(20)], 30, []),
        ([0.995**row for row in range(40)], 30, []),
        # A descent of 0.2% a row takes six rows for its 1%, which is too slow for 50 steps and not for 60.
        ([0.998**row for row in range(7)], 50, [50]),
        ([0.998**row for row in range(7)], 60, []),
        # Better, a plateau, better, and a plateau again: each is one.
        ([1.0, 1.0, 1.0, 1.0, 1.0, 0.5, 0.5, 0.5, 0.5, 0.5], 30, [30, 80]),
    ],
)
def test_a_plateau_by_its_definition_on_both_sides_of_the_boundary(
    losses: list[float], patience: int, at: list[int]
) -> None:
    assert plateaus(losses, patience) == at


def test_a_patience_under_the_spacing_stops_at_the_first_row_that_is_no_better() -> None:
    assert plateaus([1.0, 0.5, 0.5, 0.5, 0.2, 0.2], 1) == [20, 50]


def test_a_plateau_begins_only_where_there_is_a_row() -> None:
    """Between two rows nothing is known, and a plateau that began at the last row does not begin again."""
    history, training = History(10, 1), TrainingConfig(plateau_steps=20)
    for step in (0, 10, 20):
        values = dict.fromkeys(History.COLUMNS, 1.0) | {"step": float(step)}
        history.append(load=np.ones(1, dtype=np.float32), **values)
    sentence = "The run stopped on a plateau: for 20 steps the test loss got no better."
    assert [reason_to_stop(step, training, history) for step in (19, 20, 21)] == [None, sentence, None]


def test_a_run_that_cannot_learn_stops_on_a_plateau_once() -> None:
    """At learning rate zero the test loss stays, and the baselines do not count."""
    trainer = Trainer(small_config(learning_rate=0.0, plateau_steps=40))
    said = stops(trainer, 200)
    assert said == {40: "The run stopped on a plateau: for 40 steps the test loss got no better."}
    assert trainer.history.column("plain_test_loss")[-1] < 0.9 * trainer.history.column("plain_test_loss")[0]


def test_a_live_plateau_acts_from_the_next_row_on() -> None:
    """With 100 idle steps behind it a run that is asked for 105 stops at the row after that."""
    trainer = train(Trainer(small_config(learning_rate=0.0)), 100)
    trainer.do("plateau_steps", 105)
    assert list(stops(trainer, 40)) == [110]


def test_going_on_after_a_stop_is_never_having_stopped() -> None:
    stopped = train(Trainer(small_config(learning_rate=0.0, plateau_steps=40, stop_after=60)), 80)
    assert fingerprint(stopped) == fingerprint(train(Trainer(stopped.config), 80))
