"""Every number of a run with its name and its meaning, in tables that fit a telephone, and as CSV."""

import csv
import io
from dataclasses import dataclass
from html import escape

from server.question import Answer

STYLE = """<style>
.metrics { border-collapse: collapse; width: 100%; max-width: 44rem; margin-bottom: 1.25rem; }
.metrics th, .metrics td { padding: 0.3rem 0.5rem; border-bottom: 1px solid rgba(128, 136, 148, 0.3);
  text-align: right; vertical-align: top; font-weight: inherit; font-variant-numeric: tabular-nums; }
.metrics thead th { font-weight: 600; }
.metrics th:first-child { text-align: left; padding-left: 0; width: 100%; }
.metrics th:not(:first-child), .metrics td { white-space: nowrap; }
.metrics summary { cursor: pointer; }
.metrics details p { margin: 0.2rem 0 0.3rem 1rem; font-size: 0.875em; opacity: 0.8; }
</style>"""

MINUS = "\N{MINUS SIGN}"
DASH = "\N{EN DASH}"
NO_CHOICE = "A dash: every input asks every expert, so that none is chosen."


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
    "importance_cv_squared": Measured("Importance, CV²", "The same, of each expert's mean probability."),
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
        "Own minus others", f"How much better the chosen expert is than the others on the same example. {NO_CHOICE}"
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
            f"Normalised mutual information of expert and {one}, 0 to 1. Read it beside step 0: chance agrees too. "
            f"{NO_CHOICE}",
        ),
        f"expert_{kind}_mi": Measured("Mutual information", f"The same before it is normalised, in nats. {NO_CHOICE}"),
        f"expert_{kind}_purity": Measured(
            "Purity",
            f"Share of the assignments that are of their expert's most frequent {one}. {NO_CHOICE}",
            share=True,
        ),
        f"expert_{kind}_dispatch_entropy": Measured(
            "Dispatch entropy", f"How mixed an expert's inputs are, in nats: 0 when each has one {one}. {NO_CHOICE}"
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


def tables(answer: Answer) -> str:
    """All groups as HTML: each metric now and, never left out, of the untrained model. A name opens its meaning."""
    present = (
        (title, {name: row for name, row in group.items() if name in answer.metrics})
        for title, group in groups(is_regression(answer)).items()
    )
    return STYLE + "".join(_table(title, group, answer) for title, group in present if group)


def metrics_csv(answer: Answer) -> str:
    """The same numbers in full, by the names that the core has for them."""
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(["metric", f"step {answer.step}", "step 0"])
    for group in groups(is_regression(answer)).values():
        table.writerows(
            [name, answer.metrics[name], answer.untrained[name]] for name in group if name in answer.metrics
        )
    return text.getvalue()


def is_regression(answer: Answer) -> bool:
    """Whether numbers were predicted: then no example has a class."""
    return answer.expert_class is None


def _table(title: str, group: Group, answer: Answer) -> str:
    head = f'<tr><th scope="col">{title}</th><th scope="col">step {answer.step}</th><th scope="col">step 0</th></tr>'
    rows = "".join(
        f"<tr>{_name(row)}<td>{_digits(answer.metrics[name], row)}</td>"
        f"<td>{_digits(answer.untrained[name], row)}</td></tr>"
        for name, row in group.items()
    )
    return f'<table class="metrics"><thead>{head}</thead><tbody>{rows}</tbody></table>'


def _name(row: Measured) -> str:
    """The head of a row: a label that opens what it means."""
    label = escape(row.label)
    opened = f"<details><summary>{label}</summary><p>{escape(row.meaning)}</p></details>"
    return f'<th scope="row" aria-label="{label}">{opened}</th>'


def _digits(value: float | None, row: Measured) -> str:
    """As printed; a dash for what is no number, as in the live view."""
    if value is None:
        return DASH
    digits = f"{100 * value:.1f}%" if row.share else f"{value:.3f}"
    return digits.replace("-", MINUS)
