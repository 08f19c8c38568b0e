"""Numbers at rest: what the run's own worker measures on the test split, beside the same numbers at step 0."""

from dataclasses import dataclass

import streamlit as st

from server.client import RunGone
from server.protocol import Answer
from ui import session
from ui.experiment import Experiment
from ui.host import session_host

MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True)
class Measured:
    """label and meaning: what a person reads of a metric. share: whether it is printed in percent."""

    label: str
    meaning: str
    share: bool = False


Group = dict[str, Measured]

LOAD: Group = {
    "effective_experts": Measured("Effective experts", "How many experts the load amounts to: exp of its entropy."),
    "load_entropy": Measured("Load entropy", "In nats: 0 when one expert gets everything, ln E when all get the same."),
    "load_cv_squared": Measured("Load, CV²", "Variance of the loads over their squared mean. 0 is perfect balance."),
    "importance_cv_squared": Measured("Importance, CV²", "The same, of each expert's sum of gates."),
    "max_violation": Measured(
        "Max violation", "How far the busiest expert is over its fair share. 0 is perfect balance."
    ),
    "dead_fraction": Measured("Dead experts", "Share with less than a tenth of their fair share.", share=True),
    "dropped_fraction": Measured("Dropped", "Share of the assignments that found their expert full.", share=True),
}

ROUTER: Group = {
    "router_entropy": Measured("Router entropy", "How unsure the router is of an example, in nats: 0 to ln E."),
    "router_margin": Measured("Router margin", "Mean lead of the most probable expert over the next, 0 to 1."),
    "own_minus_others": Measured(
        "Own minus others", "How much better the chosen expert is than the others on the same example."
    ),
}


def scores(regression: bool) -> Group:
    """The score and the loss of the three models, named by the task's kind."""
    if regression:
        score, share = "Variance explained", "Share of the targets' variance that the mixture's answers account for."
        loss, unit = "Loss", "Mean squared error on the test split."
    else:
        score, share = "Accuracy", "Share of test examples that the mixture gets right."
        loss, unit = "Loss", "Cross-entropy on the test split, in nats. Guessing among C classes costs ln C."
    plain, wide = "The same, for one network of the same work per example.", "The same, for one of as many parameters."
    return {
        "test_score": Measured(score, share, share=True),
        "plain_test_score": Measured(f"{score}, plain network", plain, share=True),
        "wide_test_score": Measured(f"{score}, wide network", wide, share=True),
        "test_loss": Measured(loss, unit),
        "plain_test_loss": Measured(f"{loss}, plain network", plain),
        "wide_test_loss": Measured(f"{loss}, wide network", wide),
    }


def agreement(kind: str, whose: str, one: str) -> Group:
    """How experts and labels tell each other. kind: class or cluster, as the metrics' names have it; else in words."""
    return {
        f"expert_{kind}_nmi": Measured(
            f"Agreement with {whose}",
            f"Normalised mutual information of expert and {one}, 0 to 1. Read it beside step 0: chance agrees too.",
        ),
        f"expert_{kind}_mi": Measured("Mutual information", "The same before it is normalised, in nats."),
        f"expert_{kind}_purity": Measured(
            "Purity", f"Share of the assignments that are of their expert's most frequent {one}.", share=True
        ),
        f"expert_{kind}_dispatch_entropy": Measured(
            "Dispatch entropy", f"How mixed an expert's inputs are, in nats: 0 when each has one {one}."
        ),
    }


def groups(regression: bool) -> dict[str, Group]:
    """Every metric of `moe_core.measure` by group, in the order of the tables."""
    return {
        "How good the answers are": scores(regression),
        "How the load is spread": LOAD,
        "What the router and the experts do": ROUTER,
        "Experts and classes": agreement("class", "classes", "class"),
        "Experts and the parts that made the data": agreement("cluster", "parts", "part"),
    }


def measured(page: str, experiment: Experiment) -> None:
    """A button, and the tables that it fills until anything else on the page is changed."""
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
    for title, group in groups(experiment.config.task.shape.regression).items():
        if not group.keys().isdisjoint(answer.metrics):
            st.markdown(table(title, group, answer))


def table(title: str, group: Group, answer: Answer) -> str:
    """One group in Markdown: each metric now and, never left out, of the untrained model."""
    lines = [f"| {title} | step {answer.step} | step 0 | |", "| --- | ---: | ---: | --- |"]
    for name, row in group.items():
        if name in answer.metrics:
            now, untrained = _digits(answer.metrics[name], row), _digits(answer.untrained[name], row)
            lines.append(f"| {row.label} | {now} | {untrained} | {row.meaning} |")
    return "\n".join(lines)


def _digits(value: float | None, row: Measured) -> str:
    if value is None:
        return "not finite"
    digits = f"{100 * value:.1f}%" if row.share else f"{value:.3f}"
    return digits.replace("-", MINUS)
