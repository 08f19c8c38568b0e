"""Who is asked with whom, as pairs and as a picture."""

from ui.charts.co_activation import Together, any_together, figure, together
from ui.charts.theme import LIGHT

TABLE: list[list[float | None]] = [[1.0, 0.25, 0.0], [0.5, 1.0, 0.0], [0.0, 0.0, 0.0]]


def test_every_pair_is_there_both_ways_since_they_differ():
    pairs = together(TABLE)
    assert pairs[1] == Together(1, 2, 0.25)
    assert pairs[3] == Together(2, 1, 0.5)
    assert len(pairs) == 9


def test_one_expert_an_input_is_nobody_together():
    assert any_together(together(TABLE))
    assert not any_together(together([[1.0, 0.0], [0.0, 1.0]]))


def test_a_row_of_the_picture_is_one_experts_inputs():
    table, words = figure(together(TABLE), LIGHT).data
    assert [list(row) for row in table.z] == TABLE
    assert list(words.text)[:3] == ["1.00", ".25", ".00"]
    assert "of the inputs of expert %{y}" in table.hovertemplate
