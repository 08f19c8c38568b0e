"""What each expert is worth: how far the test score falls without it, and nothing else changed."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from ui.charts.rows import Row
from ui.charts.theme import MINUS, Theme, expert_scale


@dataclass(frozen=True)
class Worth(Row):
    """How much the test score falls without an expert (from 1): 0.01 is a point of a hundred. Negative: it rises.
    None: it is not finite."""

    expert: int
    fall: float | None


def worths(ablation: Sequence[float | None]) -> list[Worth]:
    """One row an expert."""
    return [Worth(expert, fall) for expert, fall in enumerate(ablation, start=1)]


def figure(taken: Sequence[Worth], score: str, theme: Theme) -> alt.LayerChart:
    """A bar an expert, with the points that the score falls by printed at its end. score: its name."""
    names = [str(row.expert) for row in taken]
    points = {row.expert: 100 * row.fall for row in taken if row.fall is not None}
    values = [
        {"name": str(row.expert), "points": points.get(row.expert, 0.0), "said": _said(points.get(row.expert))}
        for row in taken
    ]
    least, most = min(0.0, *points.values(), 0.0), max(1.0, *points.values(), 1.0)
    room = 0.16 * (most - least)
    base = alt.Chart(alt.InlineData(values=values)).encode(
        alt.Y("name:N", sort=names, title="without expert", axis=alt.Axis(ticks=False, domain=False))
    )
    fall = alt.X("points:Q", title=f"{score} falls by (points)", axis=alt.Axis(tickCount=5)).scale(
        domain=[least - (room if least < 0 else 0), most + room], nice=False
    )
    bars = base.mark_bar().encode(
        fall,
        alt.Color("name:N", scale=expert_scale(len(names)), legend=None),
        tooltip=[alt.Tooltip("name:N", title="without expert"), alt.Tooltip("said:N", title="points")],
    )
    numbers = base.encode(alt.X("points:Q"), alt.Text("said:N"))
    right = numbers.transform_filter(alt.datum.points >= 0)
    left = numbers.transform_filter(alt.datum.points < 0)
    return alt.LayerChart(
        layer=[
            bars,
            right.mark_text(align="left", dx=5, fontSize=13, color=theme.text),
            left.mark_text(align="right", dx=-5, fontSize=13, color=theme.text),
        ],
        height=70 + (24 if len(names) <= 24 else 14) * len(names),
    )


def _said(points: float | None) -> str:
    """Points to one decimal. What rounds to nothing has no sign."""
    if points is None:
        return "not finite"
    return f"{MINUS if round(points, 1) < 0 else ''}{abs(points):.1f}"
