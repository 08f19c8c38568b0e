"""Where the members of a group stand: how well each does over how many experts its load comes to, drawn and printed."""

from collections.abc import Mapping, Sequence

import streamlit as st

from server.question import Answer
from ui import drawn
from ui.glossary import term
from ui.group_at_rest import GroupAtRest
from ui.metric_table import is_regression
from ui.number_table import number_table

Spans = Mapping[str, Mapping[str, float]]
"""By what was measured over seeds (experts, score): low, mean and high."""

METRICS = {"effective_experts": "{:.1f}", "test_score": "{:.1%}", "expert_class_nmi": "{:.2f}"}
"""What is printed of each member, and how."""


def standings(rest: GroupAtRest, seeds: Sequence[Spans] | None, told: str) -> None:
    """seeds: what was measured of each member over seeds, where it was. told: of how many seeds, and when."""
    from ui.charts import quality

    named = list(zip(rest.experiment.names, rest.answers, strict=True))
    score = "variance explained" if is_regression(rest.answers[0]) else "accuracy"
    rows = [
        quality.standing(name, answer.metrics, seeds[member] if seeds else None)
        for member, (name, answer) in enumerate(named)
    ]
    chart, table = st.columns([0.55, 0.45], gap="medium")
    with chart:
        drawn.titled(f"Step {rest.answers[0].step}", f"Filled: this run. Hollow, with lines: {told}.")
        num_experts = int(rest.experiment.config.settings()["num_experts"])
        drawn.altair(quality.figure(rows, num_experts, score, drawn.theme()), f"{score} over effective experts")
        drawn.rows_as_csv(lambda: rows, "quality")
    with table:
        st.markdown(number_table(["", "experts", score, "NMI", "untrained"], [_line(*one) for one in named]))
        st.caption(
            f"Experts: {term('effective-experts', 'effective ones')}. {term('nmi', 'NMI')}: how far expert and class "
            "tell each other, beside that of the untrained router."
            + (f" Hollow marks and lines in the chart: {told}." if seeds else "")
        )


def _line(name: str, answer: Answer) -> list[str]:
    """A member as a row of the table."""
    now = [_printed(answer.metrics.get(metric), form) for metric, form in METRICS.items()]
    return [name, *now, _printed(answer.untrained.get("expert_class_nmi"), METRICS["expert_class_nmi"])]


def _printed(value: float | None, form: str) -> str:
    """A dash where a number is not finite, or the task has no such labels."""
    return "–" if value is None else form.format(value)
