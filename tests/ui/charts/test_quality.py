"""Quality against balance: a mark a run, and what was measured over seeds behind it."""

import pytest

from tests.ui.charts.vega import values_of
from ui.charts.quality import Standing, figure, standing
from ui.charts.theme import LIGHT

METRICS = {"effective_experts": 4.4, "test_score": 0.956, "test_loss": 0.2}
SEEDS = {
    "experts": {"low": 3.8, "mean": 5.0, "high": 6.5},
    "score": {"low": 0.87, "mean": 0.94, "high": 0.97},
    "nmi": {"low": 0.4, "mean": 0.5, "high": 0.6},
}


def test_a_run_stands_where_it_was_measured_with_its_range_over_seeds():
    assert standing("α 0.1", METRICS) == Standing("α 0.1", 4.4, 0.956)
    assert standing("α 0.1", METRICS, SEEDS) == Standing("α 0.1", 4.4, 0.956, 3.8, 5.0, 6.5, 0.87, 0.94, 0.97)


@pytest.mark.parametrize("seeds", [None, SEEDS])
def test_every_run_has_a_shape_of_its_own_on_an_axis_of_all_experts(seeds):
    rows = [standing(f"run {number}", METRICS, seeds) for number in range(4)]
    chart = figure(rows, 8, "accuracy", LIGHT)
    assert [value["run"] for value in values_of(chart)] == [row.run for row in rows]
    encoding = chart.to_dict()["layer"][-1]["encoding"]
    assert len(set(encoding["shape"]["scale"]["range"])) == 4
    assert encoding["x"]["axis"]["values"] == [1, 2, 3, 4, 5, 6, 7, 8]


def test_only_marks_have_a_runs_shape():
    """A line with one is drawn with a dot where it begins."""
    layers = figure([standing("run", METRICS, SEEDS)], 8, "accuracy", LIGHT).to_dict()["layer"]
    shaped = {layer["mark"]["type"]: "shape" in layer["encoding"] for layer in layers}
    assert shaped == {"rule": False, "point": True}
