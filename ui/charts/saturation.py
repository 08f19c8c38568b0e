"""How early the routing became what it is now: router saturation, over the line of what chance would give."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass

import altair as alt

from ui.charts.rows import Row
from ui.charts.theme import Theme


@dataclass(frozen=True)
class Saturation(Row):
    """At a kept step: the share of the present choices that were made then already, and what a router that chose as
    many experts at random would have, k/E. None: nothing is chosen now."""

    step: int
    saturation: float | None
    chance: float


def saturations(found: Sequence[tuple[int, float | None, float]]) -> list[Saturation]:
    """One row a kept step."""
    return [Saturation(*row) for row in found]


def figure(taken: Sequence[Saturation], theme: Theme) -> alt.LayerChart:
    """The saturation as a line with a point at each kept step, k/E as a dashed line under it."""
    base = alt.Chart(alt.InlineData(values=[asdict(row) for row in taken])).encode(
        alt.X("step:Q", title="step").scale(nice=False)
    )
    share = alt.Axis(format="%", tickCount=4)
    chance = base.mark_line(strokeDash=[5, 4], strokeWidth=1.5, interpolate="step-after", color=theme.text, opacity=0.6)
    name = base.mark_text(align="right", baseline="top", dy=5, fontSize=13, color=theme.text)
    said = [
        alt.Tooltip("step:Q"),
        alt.Tooltip("saturation:Q", format=".1%"),
        alt.Tooltip("chance:Q", title="k/E: by chance", format=".1%"),
    ]
    line = base.mark_line(strokeWidth=2.5, color=theme.primary, point=alt.OverlayMarkDef(size=36, color=theme.primary))
    return alt.LayerChart(
        layer=[
            chance.encode(alt.Y("chance:Q", title=None, axis=share).scale(domain=[0, 1.05], nice=False)),
            name.transform_filter(alt.datum.step == taken[-1].step).encode(
                alt.Y("chance:Q"), text=alt.value("k/E: by chance")
            ),
            line.encode(alt.Y("saturation:Q"), tooltip=said),
        ],
        height=250,
    )
