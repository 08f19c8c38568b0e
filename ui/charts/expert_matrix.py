"""Who gets what: how often each expert was given each class, or each part that the data was made of."""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape

import plotly.graph_objects as go

from ui.charts.rows import Row
from ui.charts.theme import Theme, bare, expert_colour, expert_name, mix, printed

PRINTED_FROM = 0.005
"""Shares under half a percent would be printed as 0."""

MOST_COLUMNS, MOST_ROWS = 12, 20
"""With more than these a cell has no room for a number."""

LONGEST_NAME = 12
"""Letters of a class's name over its column."""

LEAST_TINT = 0.08
"""How much of its colour the smallest share has: one input is to be told from none."""


@dataclass(frozen=True)
class Cell(Row):
    """How often an expert (from 1) was given a label (from 0, and as it is called) at a step, over the test split.

    of_expert   share of what the expert was given, None for an expert that was given nothing
    of_label    share of what there is of the label, None where there is nothing of it
    """

    step: int
    expert: int
    label: int
    name: str
    count: float
    of_expert: float | None
    of_label: float | None


def cells(step: int, counts: Sequence[Sequence[float]], names: Sequence[str] | None = None) -> list[Cell]:
    """The cells of a table (E, L), expert after expert. A label without a name is called by its number."""
    of_label = [sum(column) for column in zip(*counts, strict=True)]
    return [
        Cell(
            step=step,
            expert=expert,
            label=label,
            name=names[label] if names else str(label),
            count=count,
            of_expert=count / sum(row) if sum(row) else None,
            of_label=count / of_label[label] if of_label[label] else None,
        )
        for expert, row in enumerate(counts, start=1)
        for label, count in enumerate(row)
    ]


def figure(given: Sequence[Cell], kind: str, theme: Theme, small: bool = False) -> go.Figure:
    """Experts in rows, labels in columns, each expert in its colour: the stronger, the more of its inputs. kind: class
    or part. A long name is cut at its column, and whole where it is pointed at."""
    experts = sorted({cell.expert for cell in given})
    labels = sorted({cell.label for cell in given})
    rows = [[cell for cell in given if cell.expert == expert] for expert in experts]
    heatmap = go.Figure(
        go.Heatmap(
            x=labels,
            y=experts,
            z=[[cell.expert - 1 + WIDTH * _tint(cell) for cell in row] for row in rows],
            zmin=0,
            zmax=len(experts),
            colorscale=_scale(experts, theme),
            showscale=False,
            xgap=1,
            ygap=1,
            hovertext=[[_said(cell, kind) for cell in row] for row in rows],
            hovertemplate="%{hovertext}<extra></extra>",
        )
    )
    if len(labels) <= MOST_COLUMNS and len(experts) <= MOST_ROWS:
        words = [[_printed(cell) for cell in row] for row in rows]
        grounds = [[mix(theme.surface, expert_colour(cell.expert), _tint(cell)) for cell in row] for row in rows]
        heatmap.add_trace(printed(labels, experts, words, grounds, size=11 if small else 13))
    bare(heatmap, height=100 + max(11, min(22 if small else 30, 400 // len(experts))) * len(experts))
    few = len(labels) <= MOST_COLUMNS
    short = [_short(cell.name) for cell in rows[0]]
    heatmap.update_xaxes(title=kind, tickvals=labels if few else None, ticktext=short if few else None)
    heatmap.update_yaxes(
        title="expert", tickvals=experts, ticktext=[expert_name(e) for e in experts], autorange="reversed"
    )
    return heatmap


WIDTH = 0.99
"""Each expert has a stretch of one scale to itself, from the bare cell to its colour. The rest keeps two apart."""


def _scale(experts: Sequence[int], theme: Theme) -> list[tuple[float, str]]:
    stops = []
    for expert in experts:
        start, end = (expert - 1) / len(experts), (expert - 1 + WIDTH) / len(experts)
        stops += [(start, theme.surface), (end, expert_colour(expert))]
    return [*stops, (1.0, stops[-1][1])]


def _tint(cell: Cell) -> float:
    """How much of its colour a cell has. The square root keeps small shares visible beside large ones."""
    return LEAST_TINT + (1 - LEAST_TINT) * cell.of_expert**0.5 if cell.of_expert else 0.0


def _printed(cell: Cell) -> str:
    share = cell.of_expert or 0.0
    return f"{100 * share:.0f}" if share >= PRINTED_FROM else ""


def _short(name: str) -> str:
    """As much of a name as a column has room for."""
    return escape(name if len(name) <= LONGEST_NAME else f"{name[: LONGEST_NAME - 1]}\N{HORIZONTAL ELLIPSIS}")


def _said(cell: Cell, kind: str) -> str:
    name = escape(cell.name)
    lines = [f"<b>expert {cell.expert}, {kind} {name}</b>", f"{cell.count:,.0f} test inputs"]
    if cell.of_expert is not None:
        lines.append(f"{100 * cell.of_expert:.1f}% of what the expert is given")
    if cell.of_label is not None:
        lines.append(f"{100 * cell.of_label:.1f}% of where {kind} {name} is sent")
    return "<br>".join(lines)
