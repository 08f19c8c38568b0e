"""How alike two experts are, as pairs and as a picture."""

from ui.charts.similarity import Pair, figure, pairs
from ui.charts.theme import LIGHT

TABLE: list[list[float | None]] = [[1.0, 0.25], [0.25, None]]


def test_every_pair_is_there_both_ways_and_each_with_itself():
    assert pairs(TABLE) == [Pair(1, 1, 1.0), Pair(1, 2, 0.25), Pair(2, 1, 0.25), Pair(2, 2, None)]


def test_the_picture_is_the_table_and_prints_what_is_finite():
    table, words = figure(pairs(TABLE), LIGHT).data
    assert [list(row) for row in table.z] == TABLE
    assert list(words.text) == ["1.00", ".25", ".25", ""]
