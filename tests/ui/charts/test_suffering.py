"""Who suffers, as a chart: one row a cell, and what is printed."""

from ui.charts.suffering import Fall, falls, figure
from ui.charts.theme import LIGHT

TABLE: list[list[float | None]] = [[0.42, -0.02], [0.004, None]]


def test_a_row_for_each_expert_and_label() -> None:
    assert falls(TABLE, ["ham", "spam"]) == [
        Fall(1, 0, "ham", 0.42),
        Fall(1, 1, "spam", -0.02),
        Fall(2, 0, "ham", 0.004),
        Fall(2, 1, "spam", None),
    ]


def test_points_are_printed_and_what_rounds_to_nothing_is_not() -> None:
    drawn = figure(falls(TABLE), "part", LIGHT)
    first, second, words = drawn.data
    assert list(words.text) == ["42", "\N{MINUS SIGN}2", "", ""]
    assert [list(row) for row in (*first.z, *second.z)] == [[0.42, 0.0], [0.004, 0.0]]
    assert "42.0 points fewer" in first.hovertext[0][0]
    assert "not known" in second.hovertext[0][1]
