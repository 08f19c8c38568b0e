"""What each expert is worth, and how it is said."""

from tests.ui.charts.vega import values_of
from ui.charts.ablation import Worth, figure, worths
from ui.charts.theme import LIGHT, MINUS

FALLS = [0.0694, -0.0021, -0.0001, None]


def test_there_is_a_row_an_expert_counted_from_one():
    assert worths(FALLS) == [Worth(1, 0.0694), Worth(2, -0.0021), Worth(3, -0.0001), Worth(4, None)]


def test_points_are_printed_to_a_decimal_and_nothing_has_no_sign():
    values = values_of(figure(worths(FALLS), "accuracy", LIGHT))
    assert [value["said"] for value in values] == ["6.9", f"{MINUS}0.2", "0.0", "not finite"]


def test_the_axis_has_room_for_every_bar_and_its_number():
    low, high = figure(worths(FALLS), "accuracy", LIGHT).to_dict()["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert low < -0.21
    assert high > 6.94
    low, high = figure(worths([0.0]), "accuracy", LIGHT).to_dict()["layer"][0]["encoding"]["x"]["scale"]["domain"]
    assert (low, high > 0) == (0, True)
