"""What a run answered at rest, in tabs: who is given what, how the load moved, what each expert is worth, all numbers.

Libraries that draw are loaded with the first chart.
"""

from collections.abc import Callable, Sequence
from functools import partial

import streamlit as st

from server.question import Answer, LabelKind
from ui import drawn
from ui.metric_table import is_regression, metrics_csv, tables
from ui.part_names import part_names

Counts = Sequence[Sequence[float]]

NO_LABELS = "The answers here are numbers, and nothing says which part of the data an example is of: no table to draw."
ONE_STEP = "The run is at its first step: there is no course of time yet. Let it train a little."
ALL_ASKED = "Every input asks every expert here: no expert is chosen, so there is no choice to draw."
ONE_ASKED = "Every input asks one expert here, so that none is asked together with another."
PLURAL = {"class": "classes", "part": "parts"}
WORDS: dict[LabelKind, str] = {"class": "class", "cluster": "part"}


def rest_tabs(page: str, answer: Answer, names: Sequence[str] | None = None) -> None:
    """Draw what a run answered, in tabs. Only the one that is open is drawn. names: of some of TABS; None for all."""
    names = list(TABS) if names is None else list(names)
    for name, tab in zip(names, st.tabs(names, key=f"{page}.at_rest", on_change="rerun"), strict=True):
        if tab.open:
            with tab:
                TABS[name](answer)


def _who_gets_what(answer: Answer) -> None:
    if answer.expert_class is None and answer.expert_cluster is None:
        st.info(NO_LABELS)
    if answer.expert_cluster is not None and answer.untrained_cluster is not None:
        _labels(answer, "cluster", "part", answer.expert_cluster, answer.untrained_cluster)
    if answer.expert_class is not None and answer.untrained_class is not None:
        _labels(answer, "class", "class", answer.expert_class, answer.untrained_class)

    _asked_together(answer)


def _asked_together(answer: Answer) -> None:
    from ui.charts import co_activation

    drawn.titled(
        f"Experts asked together, step {answer.step}",
        "Of the test inputs that an expert is given, the share that another is given too. Rows and columns differ: a "
        "rare expert may never be asked without a common one, which is asked without it most of the time.",
    )
    if not answer.co_activation:
        st.info(ALL_ASKED)
        return
    pairs = co_activation.together(answer.co_activation)
    if not co_activation.any_together(pairs):
        st.info(ONE_ASKED)
        return
    drawn.plotly(
        co_activation.figure(pairs, drawn.theme()), "co-activation", "How often each expert is asked with each other"
    )
    drawn.rows_as_csv(lambda: pairs, "co-activation")


def _labels(answer: Answer, kind: str, word: str, counts: Counts, untrained: Counts) -> None:
    """The table of experts and labels, the untrained one small beside it, and how far the two tell each other."""
    from ui.charts import agreement, expert_matrix

    theme = drawn.theme()
    names = answer.class_names if kind == "class" else part_names(len(counts[0]))
    now, first = expert_matrix.cells(answer.step, counts, names), expert_matrix.cells(0, untrained, names)
    agreed = agreement.agreements(kind, answer.metrics, answer.untrained, counts)
    large, small = st.columns([0.6, 0.4], gap="medium")
    with large:
        drawn.titled(
            f"Experts and {PLURAL[word]}, step {answer.step}",
            f"Share of each expert's test inputs that are of a {word}, in percent: a row adds up to 100.",
        )
        drawn.plotly(expert_matrix.figure(now, word, theme), f"expert-{word}", f"Share of each {word} in each expert")
        drawn.rows_as_csv(lambda: [*now, *first], f"expert-{word}")
    with small:
        drawn.titled("The same before training, step 0", "An untrained router splits the data too: compare with this.")
        drawn.plotly(
            expert_matrix.figure(first, word, theme, small=True),
            f"expert-{word}-untrained",
            f"Share of each {word} in each expert before training",
        )
        drawn.titled(
            f"Agreement with {PLURAL[word]}",
            f"Disc: now. Ring: step 0. NMI: how far expert and {word} tell each other. Purity: share of inputs that "
            f"are of their expert's most frequent {word}. Dispatch entropy: how mixed an expert's inputs are, in nats.",
        )
        if all(row.now is None for row in agreed):
            st.info(ALL_ASKED)
            return
        drawn.altair(agreement.figure(agreed, theme), f"Agreement of experts and {PLURAL[word]}, now and at step 0")
        drawn.rows_as_csv(lambda: agreed, f"agreement-{word}")


def _load_over_time(answer: Answer) -> None:
    from ui.charts import load_over_time, router_entropy

    steps = [step for step in _column(answer, "step") if step is not None]
    if len(steps) < 2:
        st.info(ONE_STEP)
        return
    shares = load_over_time.shares(steps, answer.loads)
    drawn.titled("Load of each expert", "Share of the test split's assignments. Choose a stretch in the lower picture.")
    drawn.altair(load_over_time.figure(shares), "Load of each expert over the steps, as stacked bands")
    drawn.rows_as_csv(lambda: shares, "load")
    entropy = router_entropy.unsureness(steps, _column(answer, "router_entropy"), answer.loads)
    drawn.titled(
        "Router entropy",
        "How unsure the router is of an example, in nats. At ln E each of the E experts is as probable as any other.",
    )
    drawn.altair(router_entropy.figure(entropy, drawn.theme()), "Router entropy over the steps, under the line ln E")
    drawn.rows_as_csv(lambda: entropy, "router-entropy")

    _saturation(answer)


def _saturation(answer: Answer) -> None:
    from ui.charts import saturation

    drawn.titled(
        "Router saturation",
        "Share of the present choices of experts that were made at an earlier step already: 100% now. A router that "
        "chose k of E experts at random would have k/E. Steps are those that are kept to go back to.",
    )
    if not answer.saturation:
        st.info(ALL_ASKED)
        return
    found = saturation.saturations(answer.saturation)
    drawn.altair(saturation.figure(found, drawn.theme()), "Router saturation over the kept steps, over the line k/E")
    drawn.rows_as_csv(lambda: found, "saturation")


def _worth(answer: Answer) -> None:
    from ui.charts import ablation, similarity

    worths, pairs = ablation.worths(answer.ablation), similarity.pairs(answer.similarity)
    score = "variance explained" if is_regression(answer) else "accuracy"
    left, right = st.columns(2, gap="medium")
    with left:
        drawn.titled(
            "Worth of each expert",
            f"How far {score} falls when an expert's answers are taken out and nothing else changes: the router does "
            "not choose again. An expert to the left of 0 does harm.",
        )
        drawn.altair(ablation.figure(worths, score, drawn.theme()), f"How much {score} falls without each expert")
        drawn.rows_as_csv(lambda: worths, "ablation")
    with right:
        drawn.titled(
            "How alike the experts' answers are",
            "Linear CKA over the test split: 1 where two experts tell inputs apart in the same way, 0 where their "
            "answers have nothing to do with each other. An expert and its negative count as alike.",
        )
        drawn.plotly(
            similarity.figure(pairs, drawn.theme()), "similarity", "How alike the answers of each two experts are"
        )
        drawn.rows_as_csv(lambda: pairs, "similarity")


def _numbers(answer: Answer) -> None:
    st.caption("On the test split, in evaluation mode. A name opens what it means.")
    st.html(tables(answer))
    drawn.download(lambda: metrics_csv(answer), "numbers")


def _suffers(answer: Answer) -> None:
    from ui.charts import suffering

    if not answer.suffers:
        st.info(NO_LABELS)
        return
    theme, score = drawn.theme(), "Variance explained" if is_regression(answer) else "Accuracy"
    for kind in sorted(answer.suffers, reverse=True):
        word = WORDS[kind]
        names = answer.class_names if kind == "class" else part_names(len(answer.suffers[kind][0]))
        suffered = suffering.falls(answer.suffers[kind], names)
        drawn.titled(
            f"{score} lost on each {word} without an expert, step {answer.step}",
            "In points of a hundred. The expert is killed and the router chooses among the others: 0 where another "
            "expert does as well. A negative number is a gain.",
        )
        told = f"How far the score on each {word} falls without each expert"
        drawn.plotly(suffering.figure(suffered, word, theme), f"suffers-{word}", told)
        drawn.rows_as_csv(partial(list, suffered), f"suffers-{word}")


def _column(answer: Answer, name: str) -> list[float | None]:
    place = answer.columns.index(name)
    return [row[place] for row in answer.rows]


TABS: dict[str, Callable[[Answer], None]] = {
    "Who gets what": _who_gets_what,
    "Load over time": _load_over_time,
    "What each expert is worth": _worth,
    "Who suffers": _suffers,
    "All numbers": _numbers,
}
"""Every tab by its name, in order."""
