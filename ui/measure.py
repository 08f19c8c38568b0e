"""Numbers at rest: what the run's own worker measures on the test split, beside the same numbers at step 0."""

import streamlit as st

from server.client import RunGone
from ui import session
from ui.host import session_host

MEANINGS = {
    "test_accuracy": ("Accuracy", "Share of test examples that the mixture gets right."),
    "plain_test_accuracy": ("Accuracy, plain network", "The same, for one network of the same work per example."),
    "test_loss": ("Loss", "Cross-entropy on the test split, in nats. Guessing among C classes costs ln C."),
    "plain_test_loss": ("Loss, plain network", "The same, for the plain network."),
    "effective_experts": ("Effective experts", "How many experts the load amounts to: exp of its entropy."),
    "max_violation": ("Max violation", "How far the busiest expert is over its fair share. 0 is perfect balance."),
    "dead_fraction": ("Dead experts", "Share of the experts with less than a tenth of their fair share."),
    "expert_class_nmi": ("Agreement with classes", "Normalised mutual information of expert and class, 0 to 1."),
    "expert_cluster_nmi": ("Agreement with discs", "The same, of expert and the disc that a point came from."),
}
"""Label and meaning of each metric, in the order of the table."""


def measured(page: str) -> None:
    """A button, and the table that it fills until anything else on the page is changed."""
    st.subheader("Measured at rest")
    asked = st.button("Measure this run", help="Reads the test split once, between two training steps.")
    run = session.run_of(page)
    if not asked:
        return
    if run is None:
        st.info("The run has not started yet. Press play or step first.")
        return
    try:
        answer = session_host().ask(run, "evaluation")
    except RunGone:
        st.info("The run has no worker now. Press play or step, then measure.")
        return
    lines = [f"| On the test split | step {answer.step} | step 0 | |", "| --- | ---: | ---: | --- |"]
    for name, (label, meaning) in MEANINGS.items():
        if name in answer.metrics:
            now, untrained = _digits(answer.metrics[name]), _digits(answer.untrained[name])
            lines.append(f"| {label} | {now} | {untrained} | {meaning} |")
    st.markdown("\n".join(lines))


def _digits(value: float | None) -> str:
    return "not finite" if value is None else f"{value:.3f}"
