"""How far experts and labels tell each other, now and with the untrained router, which agrees by chance too."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass

import altair as alt

from ui.charts.rows import Row
from ui.charts.theme import Theme


@dataclass(frozen=True)
class Agreement(Row):
    """A measure now and at step 0, and the most that it can be."""

    measure: str
    now: float | None
    untrained: float | None
    most: float


def agreements(
    kind: str,
    metrics: Mapping[str, float | None],
    untrained: Mapping[str, float | None],
    counts: Sequence[Sequence[float]],
) -> list[Agreement]:
    """NMI, purity and dispatch entropy. kind: class or cluster, as the metrics' names have it. counts: (E, L)."""
    measures = {"NMI": ("nmi", 1.0), "purity": ("purity", 1.0), "dispatch entropy": ("dispatch_entropy", _mix(counts))}
    return [
        Agreement(measure, metrics[f"expert_{kind}_{name}"], untrained[f"expert_{kind}_{name}"], most)
        for measure, (name, most) in measures.items()
    ]


def figure(taken: Sequence[Agreement], theme: Theme) -> alt.LayerChart:
    """A line a measure, from 0 to the most there can be: a ring for step 0, a disc for now, both printed."""
    values = [asdict(row) | _places(row) for row in taken]
    base = alt.Chart(alt.InlineData(values=values)).encode(
        alt.Y("measure:N", sort=[row.measure for row in taken], title=None, axis=alt.Axis(ticks=False, domain=False))
    )
    ticks = alt.Axis(format="%", values=[0, 0.25, 0.5, 0.75, 1])
    share = alt.X("start:Q", title="0 to the most it can be", axis=ticks).scale(domain=[-0.05, 1.08], nice=False)
    said = [
        alt.Tooltip("measure:N"),
        alt.Tooltip("now:Q", format=".3f"),
        alt.Tooltip("untrained:Q", title="step 0", format=".3f"),
        alt.Tooltip("most:Q", title="most", format=".3f"),
    ]
    number = base.mark_text(fontSize=12, color=theme.text)
    return alt.LayerChart(
        layer=[
            base.mark_rule(strokeWidth=2, color=theme.primary, opacity=0.5).encode(share, alt.X2("end:Q")),
            base.mark_point(size=90, filled=False, strokeWidth=2, color=theme.primary).encode(
                alt.X("start:Q"), tooltip=said
            ),
            base.mark_point(size=110, filled=True, opacity=1, color=theme.primary).encode(alt.X("end:Q"), tooltip=said),
            number.mark_text(dy=-13, fontSize=12, color=theme.text).encode(
                alt.X("end:Q"), alt.Text("now:Q", format=".3f")
            ),
            number.mark_text(dy=14, fontSize=12, color=theme.text, opacity=0.75).encode(
                alt.X("start:Q"), alt.Text("untrained:Q", format=".3f")
            ),
        ],
        height=80 + 48 * len(taken),
    )


def _places(row: Agreement) -> dict[str, float | None]:
    def place(value: float | None) -> float | None:
        return None if value is None or not row.most else value / row.most

    return {"start": place(row.untrained), "end": place(row.now)}


def _mix(counts: Sequence[Sequence[float]]) -> float:
    """H(label) in nats: the dispatch entropy of experts that are all given the same mix."""
    labels = [sum(column) for column in zip(*counts, strict=True)]
    total = sum(labels)
    return -sum(count / total * math.log(count / total) for count in labels if count)
