"""How alike the experts' answers are: linear CKA of each pair, 0 to 1."""

from collections.abc import Sequence
from dataclasses import dataclass

import plotly.graph_objects as go

from ui.charts.pairs_of_experts import heatmap
from ui.charts.rows import Row
from ui.charts.theme import Theme


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
    return heatmap(table, theme, told="<b>experts %{y} and %{x}</b><br>%{z:.3f} alike")
