"""The limits, and what a person reads at one."""

import pytest

from server.limits import full_server
from server.waiting_line import WaitingLine


@pytest.mark.parametrize(("place", "words"), [(1, "first"), (3, "third"), (10, "tenth"), (11, "number 11")])
def test_sentence_for_a_full_server(place: int, words: str) -> None:
    assert full_server(place, 40) == f"This server is full: 40 of 40 runs; yours is {words} in line."


def test_first_come_first_served() -> None:
    line = WaitingLine(grace=5.0)
    assert [line.place(run, now=0.0) for run in ("a", "b", "c")] == [1, 2, 3]
    assert line.place("b", now=1.0) == 2
    line.leave("a")
    assert line.place("c", now=1.0) == 2


def test_a_place_expires_when_its_holder_stops_asking() -> None:
    line = WaitingLine(grace=5.0)
    line.place("a", now=0.0)
    line.place("b", now=3.0)
    assert line.place("b", now=5.1) == 1
    assert line.place("a", now=6.0) == 2
    line.expire(now=20.0)
    assert len(line) == 0
