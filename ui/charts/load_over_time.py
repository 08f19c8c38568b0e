"""How the load moved: each expert's share of the test split's assignments, step by step."""

from collections.abc import Sequence
from dataclasses import dataclass

import altair as alt

from ui.charts.rows import Row
from ui.charts.theme import expert_scale

MOST_DRAWN = 300
"""Steps in the picture: more would be closer together than its pixels. The table has them all."""


@dataclass(frozen=True)
class Share(Row):
    """The load of an expert (from 1) at a step, 0 to 1. None: it did not exist yet."""

    step: int
    expert: int
    load: float | None


def shares(steps: Sequence[float], loads: Sequence[Sequence[float | None]]) -> list[Share]:
    """Each expert's load at each step, step after step: steps (N,) and loads (N, E)."""
    return [
        Share(int(step), expert, load)
        for step, row in zip(steps, loads, strict=True)
        for expert, load in enumerate(row, start=1)
    ]


def figure(taken: Sequence[Share]) -> alt.VConcatChart:
    """Bands in the experts' colours, the first at the bottom. A stretch chosen in the lower picture fills the upper."""
    num_experts = max(share.expert for share in taken)
    names = [str(expert) for expert in range(1, num_experts + 1)]
    legend = alt.Legend(orient="top", title="expert", columns=8, symbolType="square", symbolLimit=num_experts)
    brush = alt.selection_interval(
        encodings=["x"],
        name="stretch",
        mark=alt.BrushConfig(fill="#808894", fillOpacity=0.4, stroke="#808894", strokeWidth=2, strokeOpacity=1),
    )
    bands = (
        alt.Chart(alt.InlineData(values=_drawn(taken)))
        .transform_fold([*names], as_=["expert", "load"])
        .transform_calculate(number="toNumber(datum.expert)")
        .mark_area(clip=True)
        .encode(
            alt.Color("expert:N", scale=expert_scale(num_experts), sort=names, legend=legend),
            alt.Order("number:Q"),
            alt.Tooltip("expert:N"),
        )
    )
    load = alt.Y("load:Q", stack="zero", title=None).scale(domain=[0, 1])
    upper = bands.encode(
        alt.X("step:Q", title=None).scale(domain=brush, nice=False), load.axis(format="%", tickCount=4)
    )
    lower = bands.encode(
        alt.X("step:Q", title="step (drag a stretch here; double-click for all)").scale(nice=False), load.axis(None)
    )
    return alt.vconcat(
        upper.properties(height=220), lower.properties(height=46).add_params(brush), spacing=8
    ).resolve_legend(color="shared")


def _drawn(taken: Sequence[Share]) -> list[dict[str, float | None]]:
    """One record a step, with a field for each expert. The last step is always drawn."""
    records: dict[int, dict[str, float | None]] = {}
    for share in taken:
        records.setdefault(share.step, {"step": share.step})[str(share.expert)] = share.load
    steps = list(records)
    every = -(-len(steps) // MOST_DRAWN)
    return [records[step] for step in sorted({*steps[::every], steps[-1]})]
