"""How alike the experts' answers are: linear CKA of each pair, 0 to 1."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from ui.charts.rows import Row
from ui.charts.theme import Theme, bare, expert_name, mix, printed

MOST_PRINTED = 12
"""With more experts than this a cell has no room for a number."""


@dataclass(frozen=True)
class Pair(Row):
    """Two experts, counted from 1, and how alike their answers to the test split are. None: not finite."""

    expert: int
    other: int
    cka: float | None


def pairs(similarity: Sequence[Sequence[float | None]]) -> list[Pair]:
    """Every pair of a table (E, E), both ways and each with itself."""
    return [
        Pair(expert, other, cka)
        for expert, row in enumerate(similarity, start=1)
        for other, cka in enumerate(row, start=1)
    ]


def figure(compared: Sequence[Pair], theme: Theme) -> go.Figure:
    """Experts in rows and in columns: the stronger the colour, the more alike."""
    experts = sorted({pair.expert for pair in compared})
    table = [[pair.cka for pair in compared if pair.expert == expert] for expert in experts]
    heatmap = go.Figure(
        go.Heatmap(
            x=experts,
            y=experts,
            z=table,
            zmin=0,
            zmax=1,
            colorscale=[[0, theme.surface], [1, theme.primary]],
            showscale=False,
            xgap=1,
            ygap=1,
            hovertemplate="<b>experts %{y} and %{x}</b><br>%{z:.3f} alike<extra></extra>",
        )
    )
    if len(experts) <= MOST_PRINTED:
        words = [["" if cka is None else f"{cka:.2f}".removeprefix("0") for cka in row] for row in table]
        grounds = [[mix(theme.surface, theme.primary, cka or 0.0) for cka in row] for row in table]
        heatmap.add_trace(printed(experts, experts, words, grounds))
    bare(heatmap, height=100 + max(11, min(30, 400 // len(experts))) * len(experts))
    named = {"title": "expert", "tickvals": experts, "ticktext": [expert_name(expert) for expert in experts]}
    heatmap.update_xaxes(**named)
    heatmap.update_yaxes(**named, autorange="reversed")
    return heatmap
