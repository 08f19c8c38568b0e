"""Quality against balance: how well each run of a group does, over how many experts its load comes to."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import altair as alt

from ui.charts.rows import Row
from ui.charts.theme import Theme

Span = Mapping[str, float]
"""low, mean and high, as measured over seeds."""

SHAPES = ("circle", "square", "triangle-up", "diamond")


@dataclass(frozen=True)
class Standing(Row):
    """Where a run stands: its effective experts and its score, and the same over seeds, where that was measured."""

    run: str
    experts: float | None
    score: float | None
    experts_low: float | None = None
    experts_mean: float | None = None
    experts_high: float | None = None
    score_low: float | None = None
    score_mean: float | None = None
    score_high: float | None = None


def standing(run: str, metrics: Mapping[str, float | None], seeds: Mapping[str, Span] | None = None) -> Standing:
    """A run by its name, its metrics, and what was measured of it over seeds: experts and score."""
    spans = (
        {}
        if seeds is None
        else {f"{name}_{part}": seeds[name][part] for name in ("experts", "score") for part in ("low", "mean", "high")}
    )
    return Standing(run, metrics["effective_experts"], metrics["test_score"], **spans)


def figure(taken: Sequence[Standing], num_experts: int, score: str, theme: Theme) -> alt.LayerChart:
    """A filled mark a run; a ring of the same shape at the mean over seeds, with lines from the lowest to the highest.

    score: what the score is called.
    """
    names = [row.run for row in taken]
    rows = alt.Chart(alt.InlineData(values=[asdict(row) for row in taken]))
    base = rows.encode(
        alt.Shape(
            "run:N",
            sort=names,
            scale=alt.Scale(domain=names, range=list(SHAPES[: len(names)])),
            legend=alt.Legend(orient="top", title=None, columns=2, labelLimit=0),
        )
    )
    ticks = alt.Axis(format="d", values=list(range(1, num_experts + 1)))
    across = alt.X("experts:Q", title="effective experts", axis=ticks).scale(
        domain=[0.8, num_experts + 0.2], nice=False
    )
    up = alt.Y("score:Q", title=score, axis=alt.Axis(format="%", tickCount=5)).scale(zero=False, padding=16)
    line: dict[str, Any] = {"color": theme.primary, "opacity": 0.45, "strokeWidth": 2}
    seeds, ranges = (one.transform_filter("isValid(datum.score_mean)") for one in (base, rows))
    return alt.LayerChart(
        layer=[
            # Without the runs' shapes, of which a line has none: it would get a dot where it begins.
            ranges.mark_rule(**line).encode(alt.X("experts_low:Q"), alt.X2("experts_high:Q"), alt.Y("score_mean:Q")),
            ranges.mark_rule(**line).encode(alt.X("experts_mean:Q"), alt.Y("score_low:Q"), alt.Y2("score_high:Q")),
            seeds.mark_point(size=110, filled=False, strokeWidth=2, color=theme.primary, opacity=0.6).encode(
                alt.X("experts_mean:Q"), alt.Y("score_mean:Q")
            ),
            base.mark_point(size=150, filled=True, color=theme.primary, opacity=1).encode(
                across,
                up,
                tooltip=[
                    alt.Tooltip("run:N"),
                    alt.Tooltip("experts:Q", title="effective experts", format=".2f"),
                    alt.Tooltip("score:Q", title=score, format=".1%"),
                ],
            ),
        ],
        height=360,
    )
