"""How unsure the router is, and the most that it could be."""

import math

from tests.ui.charts.vega import values_of
from ui.charts.router_entropy import figure, unsureness
from ui.charts.theme import LIGHT


def test_complete_ignorance_is_ln_e_of_the_experts_that_there_were():
    rows = unsureness([0, 10], [0.6, None], [[1.0, 0.0, None], [0.5, 0.25, 0.25]])
    assert [row.most for row in rows] == [math.log(2), math.log(3)]
    assert [row.router_entropy for row in rows] == [0.6, None]


def test_the_picture_has_room_for_both_lines():
    rows = unsureness([0, 10], [0.6, 0.5], [[0.5, 0.5], [1.0, 0.0]])
    drawn = figure(rows, LIGHT).to_dict()
    assert drawn["layer"][0]["encoding"]["y"]["scale"]["domain"][1] > math.log(2)
    assert values_of(figure(rows, LIGHT))[1] == {"step": 10, "router_entropy": 0.5, "most": math.log(2)}
