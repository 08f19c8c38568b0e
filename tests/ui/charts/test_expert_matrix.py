"""The table of experts and labels: counts, both shares, and what the picture makes of them."""

import pytest

from ui.charts.expert_matrix import cells, figure
from ui.charts.theme import DARK, LIGHT

COUNTS = [[30, 10, 0], [0, 0, 0], [0, 30, 0]]


def test_a_row_is_shared_out_to_one_and_so_is_a_column():
    given = cells(40, COUNTS)
    assert [(cell.expert, cell.label, cell.count) for cell in given[:3]] == [(1, 0, 30), (1, 1, 10), (1, 2, 0)]
    assert {cell.step for cell in given} == {40}
    assert [cell.of_expert for cell in given[:3]] == [0.75, 0.25, 0.0]
    assert [cell.of_label for cell in given if cell.label == 1] == [0.25, 0.0, 0.75]


def test_an_expert_without_inputs_and_a_label_that_nobody_has_have_no_shares():
    given = cells(0, COUNTS)
    assert all(cell.of_expert is None for cell in given if cell.expert == 2)
    assert all(cell.of_label is None for cell in given if cell.label == 2)


@pytest.mark.parametrize("theme", [LIGHT, DARK])
def test_the_picture_has_a_row_an_expert_and_prints_shares_in_percent(theme):
    picture = figure(cells(40, COUNTS), "class", theme)
    table, words = picture.data
    assert (list(table.y), list(table.x)) == ([1, 2, 3], [0, 1, 2])
    assert list(words.text) == ["75", "25", "", "", "", "", "", "100", ""]
    assert "30 test inputs" in table.hovertext[0][0]
    assert "75.0% of what the expert is given" in table.hovertext[0][0]


def test_each_expert_keeps_to_its_stretch_of_the_scale_and_more_is_stronger():
    (table, _) = figure(cells(40, COUNTS), "part", LIGHT).data
    first, second, third = table.z
    assert 0 == first[2] < first[1] < first[0] < 1
    assert list(second) == [1, 1, 1]
    assert 2 == third[0] < third[1] < 3


def test_a_small_picture_prints_its_shares_smaller_and_one_of_many_experts_none():
    _, words = figure(cells(0, COUNTS), "class", LIGHT).data
    _, small = figure(cells(0, COUNTS), "class", LIGHT, small=True).data
    assert list(small.text) == list(words.text)
    assert small.textfont.size < words.textfont.size
    assert len(figure(cells(0, [[1, 1]] * 64), "class", LIGHT).data) == 1


def test_labels_are_called_by_their_names_where_they_have_some():
    """Long ones are cut over the column. A name is text, whatever it looks like."""
    given = cells(0, COUNTS, ("setosa", "<b>virginica</b>", "7"))
    picture = figure(given, "class", LIGHT)
    assert [cell.name for cell in given[:3]] == ["setosa", "<b>virginica</b>", "7"]
    assert list(picture.layout.xaxis.ticktext) == ["setosa", "&lt;b&gt;virginic\N{HORIZONTAL ELLIPSIS}", "7"]
    assert "class &lt;b&gt;virginica&lt;/b&gt;" in picture.data[0].hovertext[0][1]
    assert list(figure(cells(0, COUNTS), "class", LIGHT).layout.xaxis.ticktext) == ["0", "1", "2"]
