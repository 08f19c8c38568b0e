"""The load of each expert over the steps."""

from tests.ui.charts.vega import values_of
from ui.charts.load_over_time import MOST_DRAWN, Share, figure, shares
from ui.charts.theme import expert_colour


def test_an_expert_that_did_not_exist_yet_has_no_load():
    assert shares([0, 10], [[1.0, None], [0.5, 0.5]]) == [
        Share(0, 1, 1.0),
        Share(0, 2, None),
        Share(10, 1, 0.5),
        Share(10, 2, 0.5),
    ]


def test_bands_have_the_experts_colours_and_the_upper_picture_follows_the_brush():
    drawn = figure(shares([0, 10], [[1.0, 0.0], [0.5, 0.5]])).to_dict()
    (upper, lower), (brush,) = drawn["vconcat"], drawn["params"]
    assert upper["encoding"]["color"]["scale"]["range"] == [expert_colour(1), expert_colour(2)]
    assert (brush["select"]["type"], brush["select"]["encodings"]) == ("interval", ["x"])
    assert upper["encoding"]["x"]["scale"]["domain"] == {"param": brush["name"]}
    assert "domain" not in lower["encoding"]["x"]["scale"]


def test_a_long_run_is_thinned_for_the_picture_and_keeps_its_ends():
    steps = list(range(1024))
    values = values_of(figure(shares(steps, [[0.25, 0.75]] * 1024)))
    assert values[0] == {"step": 0, "1": 0.25, "2": 0.75}
    assert values[-1]["step"] == 1023
    assert len(values) <= MOST_DRAWN + 1
