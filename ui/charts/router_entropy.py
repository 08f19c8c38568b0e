"""How unsure the router is, step by step, under the line of complete ignorance: ln E, each expert as probable."""

import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass

import altair as alt

from ui.charts.rows import Row
from ui.charts.theme import Theme


@dataclass(frozen=True)
class Unsureness(Row):
    """At a step: the mean entropy of the router's probabilities, in nats, and the most that it could be, ln E."""

    step: int
    router_entropy: float | None
    most: float


def unsureness(
    steps: Sequence[float], entropies: Sequence[float | None], loads: Sequence[Sequence[float | None]]
) -> list[Unsureness]:
    """One row a step. How many experts there were (E) is how many had a load."""
    return [
        Unsureness(int(step), entropy, math.log(sum(load is not None for load in row)))
        for step, entropy, row in zip(steps, entropies, loads, strict=True)
    ]


def figure(taken: Sequence[Unsureness], theme: Theme) -> alt.LayerChart:
    """The entropy as a line, ln E as a dashed one above it."""
    base = alt.Chart(alt.InlineData(values=[asdict(row) for row in taken])).encode(
        alt.X("step:Q", title="step").scale(nice=False)
    )
    top = max(max(row.most for row in taken), 0.1)
    most = base.mark_line(strokeDash=[5, 4], strokeWidth=1.5, interpolate="step-after", color=theme.text, opacity=0.6)
    line = base.mark_line(strokeWidth=2.5, color=theme.primary)
    name = base.mark_text(align="right", baseline="bottom", dy=-4, fontSize=13, color=theme.text)
    nats = alt.Axis(tickCount=4)
    return alt.LayerChart(
        layer=[
            most.encode(alt.Y("most:Q", title="nats", axis=nats).scale(domain=[0, 1.15 * top], nice=False)),
            name.transform_filter(alt.datum.step == taken[-1].step).encode(
                alt.Y("most:Q"), text=alt.value("ln E: knows nothing")
            ),
            line.encode(
                alt.Y("router_entropy:Q"),
                tooltip=[
                    alt.Tooltip("step:Q"),
                    alt.Tooltip("router_entropy:Q", title="router entropy", format=".3f"),
                    alt.Tooltip("most:Q", title="ln E", format=".3f"),
                ],
            ),
        ],
        height=250,
    )
