"""Who is asked with whom: of the inputs that an expert is given, the share that another is given too."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from ui.charts.pairs_of_experts import heatmap
from ui.charts.rows import Row
from ui.charts.theme import Theme


@dataclass(frozen=True)
class Together(Row):
    """Of the test inputs that an expert is given, the share that the other is given too, 0 to 1. Counted from 1."""

    expert: int
    other: int
    share: float | None


def together(co_activation: Sequence[Sequence[float | None]]) -> list[Together]:
    """Every pair of a table (E, E), both ways: it is not symmetric."""
    return [
        Together(expert, other, share)
        for expert, row in enumerate(co_activation, start=1)
        for other, share in enumerate(row, start=1)
    ]


def any_together(taken: Sequence[Together]) -> bool:
    """Whether there is an input that was given to two experts."""
    return any(pair.share for pair in taken if pair.expert != pair.other)


def figure(taken: Sequence[Together], theme: Theme) -> go.Figure:
    """A row for each expert, with whom it is asked in the columns: the stronger the colour, the more often."""
    experts = sorted({pair.expert for pair in taken})
    table = [[pair.share for pair in taken if pair.expert == expert] for expert in experts]
    told = "<b>of the inputs of expert %{y}</b><br>%{z:.1%} are given to expert %{x} too"
    return heatmap(table, theme, told=told, row="of an expert's inputs", column="given to this one too")
