"""Who suffers when an expert is missing: how far the score falls on each class, or on each part of the data."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from ui.charts.expert_matrix import MOST_COLUMNS, MOST_ROWS
from ui.charts.rows import Row
from ui.charts.theme import MINUS, Theme, bare, expert_colour, expert_name, mix, printed

PRINTED_FROM = 0.005
"""Half a point would be printed as 0."""


@dataclass(frozen=True)
class Fall(Row):
    """How far the score falls on a label (from 0, and as it is called) without an expert (from 1): 0.01 is a point of a
    hundred. Negative: it rises. None: nothing has the label, or no other expert is alive."""

    expert: int
    label: int
    name: str
    fall: float | None


def falls(table: Sequence[Sequence[float | None]], names: Sequence[str] | None = None) -> list[Fall]:
    """The cells of a table (E, L), expert after expert. A label without a name is called by its number."""
    return [
        Fall(expert, label, names[label] if names else str(label), fall)
        for expert, row in enumerate(table, start=1)
        for label, fall in enumerate(row)
    ]


def figure(suffered: Sequence[Fall], kind: str, theme: Theme) -> go.Figure:
    """Experts in rows, labels in columns: the stronger the colour, the more it is missed. kind: class or part."""
    experts = sorted({cell.expert for cell in suffered})
    labels = sorted({cell.label for cell in suffered})
    rows = [[cell for cell in suffered if cell.expert == expert] for expert in experts]
    grounds = [[mix(theme.surface, expert_colour(cell.expert), _tint(cell)) for cell in row] for row in rows]
    drawn = go.Figure()
    # A row is a trace of its own, since it has its own colour.
    for expert, row in zip(experts, rows, strict=True):
        drawn.add_trace(
            go.Heatmap(
                x=labels,
                y=[expert],
                z=[[_tint(cell) for cell in row]],
                zmin=0,
                zmax=1,
                colorscale=[[0, theme.surface], [1, expert_colour(expert)]],
                showscale=False,
                xgap=1,
                ygap=1,
                hovertext=[[_said(cell, kind) for cell in row]],
                hovertemplate="%{hovertext}<extra></extra>",
            )
        )
    few = len(labels) <= MOST_COLUMNS
    if few and len(experts) <= MOST_ROWS:
        drawn.add_trace(printed(labels, experts, [[_printed(cell) for cell in row] for row in rows], grounds))
    bare(drawn, height=100 + max(11, min(30, 400 // len(experts))) * len(experts))
    names = [escape(cell.name) for cell in rows[0]]
    drawn.update_xaxes(title=kind, tickvals=labels if few else None, ticktext=names if few else None)
    drawn.update_yaxes(
        title="without expert", tickvals=experts, ticktext=[expert_name(e) for e in experts], autorange="reversed"
    )
    return drawn


def _tint(cell: Fall) -> float:
    return min(1.0, max(0.0, cell.fall or 0.0))


def _printed(cell: Fall) -> str:
    """Points without a decimal; nothing where it would be 0."""
    return "" if cell.fall is None or abs(cell.fall) < PRINTED_FROM else _points(100 * cell.fall, 0)


def _said(cell: Fall, kind: str) -> str:
    head = f"<b>without expert {cell.expert}, {kind} {escape(cell.name)}</b>"
    return f"{head}<br>{'not known' if cell.fall is None else f'{_points(100 * cell.fall, 1)} points fewer'}"


def _points(value: float, digits: int) -> str:
    return f"{value:.{digits}f}".replace("-", MINUS)
