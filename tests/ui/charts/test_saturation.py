"""How early the routing became what it is, beside chance."""

from tests.ui.charts.vega import values_of
from ui.charts.saturation import Saturation, figure, saturations
from ui.charts.theme import LIGHT

FOUND = [(0, 0.5, 0.25), (20, None, 0.25), (30, 1.0, 0.25)]


def test_a_row_is_a_kept_step():
    assert saturations(FOUND)[0] == Saturation(step=0, saturation=0.5, chance=0.25)


def test_the_picture_has_both_lines_and_names_chance():
    drawn = figure(saturations(FOUND), LIGHT)
    assert values_of(drawn)[1] == {"step": 20, "saturation": None, "chance": 0.25}
    fields = [layer["encoding"]["y"]["field"] for layer in drawn.to_dict()["layer"]]
    assert fields == ["chance", "chance", "saturation"]
    assert drawn.to_dict()["layer"][1]["encoding"]["text"] == {"value": "k/E: by chance"}
