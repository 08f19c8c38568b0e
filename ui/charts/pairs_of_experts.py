"""A table of every two experts as a picture: a number from 0 to 1 in each cell, the stronger the colour, the more."""

from collections.abc import Sequence

import plotly.graph_objects as go

from ui.charts.theme import Theme, bare, expert_name, mix, printed

MOST_PRINTED = 12
"""With more experts than this a cell has no room for a number."""


def heatmap(
    table: Sequence[Sequence[float | None]], theme: Theme, *, told: str, row: str = "expert", column: str = "expert"
) -> go.Figure:
    """table (E, E). told: what is said of a cell, %{z} in row %{y} and column %{x}. row and column name the axes."""
    experts = list(range(1, len(table) + 1))
    drawn = go.Figure(
        go.Heatmap(
            x=experts,
            y=experts,
            z=[list(cells) for cells in table],
            zmin=0,
            zmax=1,
            colorscale=[[0, theme.surface], [1, theme.primary]],
            showscale=False,
            xgap=1,
            ygap=1,
            hovertemplate=f"{told}<extra></extra>",
        )
    )
    if len(experts) <= MOST_PRINTED:
        words = [["" if cell is None else f"{cell:.2f}".removeprefix("0") for cell in cells] for cells in table]
        grounds = [[mix(theme.surface, theme.primary, cell or 0.0) for cell in cells] for cells in table]
        drawn.add_trace(printed(experts, experts, words, grounds))
    bare(drawn, height=100 + max(11, min(30, 400 // len(experts))) * len(experts))
    named = {"tickvals": experts, "ticktext": [expert_name(expert) for expert in experts]}
    drawn.update_xaxes(title=column, **named)
    drawn.update_yaxes(title=row, **named, autorange="reversed")
    return drawn
