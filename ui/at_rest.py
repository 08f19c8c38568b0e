"""What is studied at rest, below the live view: the run's own worker measures, and charts show it.

A fragment of its own: a moved slider does not redraw it, and it redraws nothing else. Libraries that draw are loaded
with the first chart.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import streamlit as st

from server.client import NoAnswer
from server.protocol import Answer
from ui import session
from ui.host import session_host
from ui.metric_table import is_regression, metrics_csv, tables
from ui.rest_signal import rest_signal

if TYPE_CHECKING:
    import altair as alt
    import plotly.graph_objects as go

    from ui.charts.rows import Row
    from ui.charts.theme import Theme

Counts = Sequence[Sequence[float]]

NOT_STARTED = "The run has not started yet. Press play or step above, then measure."
NO_LABELS = "The answers here are numbers, and nothing says which part of the data an example is of: no table to draw."
OF_THE_FIRST = "These are the numbers of the run as it is set, on the left. The copy is not measured here."
PANEL = "at_rest_panel"

# The bar of a chart of Altair's, with the picture as a file, would show only while the pointer is over the chart.
STYLE = f"""<style>
.st-key-{PANEL} [data-testid="stElementToolbar"] {{ opacity: 1; top: -2.75rem; }}
</style>"""

ONE_STEP = "The run is at its first step: there is no course of time yet. Let it train a little."


@st.fragment
def at_rest(page: str) -> None:
    """The panel of a page: measured again when its run comes to rest while it is looked at, and on demand."""

    def measure() -> None:
        _measure(page)

    kept = session.answer_of(page)
    run, step = (kept[0], kept[1].step) if kept else (None, None)
    with st.container(key=PANEL):
        st.html(STYLE)
        st.subheader("At rest")
        line, button = st.columns([0.75, 0.25], vertical_alignment="center")
        with line:
            rest_signal(page, run, step, measure)
        button.button(
            "Measure now",
            on_click=measure,
            help="The run reads the test split once, between two training steps.",
            width="stretch",
        )
        no_answer = session.no_answer_of(page)
        if no_answer:
            st.info(no_answer)
        if session.compares(page):
            st.caption(OF_THE_FIRST)
        if kept:
            _draw(page, kept[1])


def _measure(page: str) -> None:
    """Ask the run, and keep what it answers, or why it did not."""
    run = session.run_of(page)
    if run is None:
        session.keep_no_answer(page, NOT_STARTED)
        return
    try:
        session.keep_answer(page, run, session_host().ask(run, "rest"))
    except NoAnswer as error:
        session.keep_no_answer(page, str(error))


def _draw(page: str, answer: Answer) -> None:
    """Only the tab that is open is drawn."""
    parts = {
        "Who gets what": _who_gets_what,
        "Load over time": _load_over_time,
        "What each expert is worth": _worth,
        "All numbers": _numbers,
    }
    for tab, draw in zip(st.tabs(list(parts), key=f"{page}.at_rest", on_change="rerun"), parts.values(), strict=True):
        if tab.open:
            with tab:
                draw(answer)


def _who_gets_what(answer: Answer) -> None:
    if answer.expert_class is None and answer.expert_cluster is None:
        st.info(NO_LABELS)
    if answer.expert_cluster is not None and answer.untrained_cluster is not None:
        _labels(answer, "cluster", "part", answer.expert_cluster, answer.untrained_cluster)
    if answer.expert_class is not None and answer.untrained_class is not None:
        _labels(answer, "class", "class", answer.expert_class, answer.untrained_class)


def _labels(answer: Answer, kind: str, word: str, counts: Counts, untrained: Counts) -> None:
    """The table of experts and labels, the untrained one small beside it, and how far the two tell each other."""
    from ui.charts import agreement, expert_matrix

    theme = _theme()
    now, first = expert_matrix.cells(answer.step, counts), expert_matrix.cells(0, untrained)
    agreed = agreement.agreements(kind, answer.metrics, answer.untrained, counts)
    large, small = st.columns([0.6, 0.4], gap="medium")
    with large:
        _titled(
            f"Experts and {PLURAL[word]}, step {answer.step}",
            f"Share of each expert's test inputs that are of a {word}, in percent: a row adds up to 100.",
        )
        _plotly(expert_matrix.figure(now, word, theme), f"expert-{word}", f"Share of each {word} in each expert")
        _csv(lambda: [*now, *first], f"expert-{word}")
    with small:
        _titled("The same before training, step 0", "An untrained router splits the data too: compare with this.")
        _plotly(
            expert_matrix.figure(first, word, theme, small=True),
            f"expert-{word}-untrained",
            f"Share of each {word} in each expert before training",
        )
        _titled(
            f"Agreement with {PLURAL[word]}",
            f"Disc: now. Ring: step 0. NMI: how far expert and {word} tell each other. Purity: share of inputs that "
            f"are of their expert's most frequent {word}. Dispatch entropy: how mixed an expert's inputs are, in nats.",
        )
        _altair(agreement.figure(agreed, theme), f"Agreement of experts and {PLURAL[word]}, now and at step 0")
        _csv(lambda: agreed, f"agreement-{word}")


PLURAL = {"class": "classes", "part": "parts"}


def _load_over_time(answer: Answer) -> None:
    from ui.charts import load_over_time, router_entropy

    steps = [step for step in _column(answer, "step") if step is not None]
    if len(steps) < 2:
        st.info(ONE_STEP)
        return
    shares = load_over_time.shares(steps, answer.loads)
    _titled("Load of each expert", "Share of the test split's assignments. Choose a stretch in the lower picture.")
    _altair(load_over_time.figure(shares), "Load of each expert over the steps, as stacked bands")
    _csv(lambda: shares, "load")
    entropy = router_entropy.unsureness(steps, _column(answer, "router_entropy"), answer.loads)
    _titled(
        "Router entropy",
        "How unsure the router is of an example, in nats. At ln E each of the E experts is as probable as any other.",
    )
    _altair(router_entropy.figure(entropy, _theme()), "Router entropy over the steps, under the line ln E")
    _csv(lambda: entropy, "router-entropy")


def _worth(answer: Answer) -> None:
    from ui.charts import ablation, similarity

    worths, pairs = ablation.worths(answer.ablation), similarity.pairs(answer.similarity)
    score = "variance explained" if is_regression(answer) else "accuracy"
    left, right = st.columns(2, gap="medium")
    with left:
        _titled(
            "Worth of each expert",
            f"How far {score} falls when an expert's answers are taken out and nothing else changes: the router does "
            "not choose again. An expert to the left of 0 does harm.",
        )
        _altair(ablation.figure(worths, score, _theme()), f"How much {score} falls without each expert")
        _csv(lambda: worths, "ablation")
    with right:
        _titled(
            "How alike the experts' answers are",
            "Linear CKA over the test split: 1 where two experts tell inputs apart in the same way, 0 where their "
            "answers have nothing to do with each other. An expert and its negative count as alike.",
        )
        _plotly(similarity.figure(pairs, _theme()), "similarity", "How alike the answers of each two experts are")
        _csv(lambda: pairs, "similarity")


def _numbers(answer: Answer) -> None:
    st.caption("On the test split, in evaluation mode. A name opens what it means.")
    st.html(tables(answer))
    _download(lambda: metrics_csv(answer), "numbers")


def _column(answer: Answer, name: str) -> list[float | None]:
    place = answer.columns.index(name)
    return [row[place] for row in answer.rows]


def _theme() -> "Theme":
    from ui.charts.theme import theme_of

    return theme_of(st.context.theme.type)


def _titled(title: str, meaning: str) -> None:
    st.markdown(f"**{title}**", help=meaning)


def _plotly(figure: "go.Figure", name: str, told: str) -> None:
    """Its bar has one button, always to be seen: the picture as a file."""
    picture = {"format": "png", "filename": name, "scale": 2}
    config = {
        "displayModeBar": True,
        "displaylogo": False,
        "modeBarButtons": [["toImage"]],
        "toImageButtonOptions": picture,
    }
    st.plotly_chart(figure, config=config, alt=told, key=f"at_rest.{name}")


def _altair(figure: "alt.LayerChart | alt.VConcatChart", told: str) -> None:
    st.altair_chart(figure, alt=told)


def _csv(rows: "Callable[[], Sequence[Row]]", name: str) -> None:
    from ui.charts.rows import as_csv

    _download(lambda: as_csv(rows()), name)


def _download(text: Callable[[], str], name: str) -> None:
    """The text is made when it is asked for."""
    st.download_button(
        "CSV",
        data=text,
        file_name=f"{name}.csv",
        mime="text/csv",
        icon=":material/download:",
        on_click="ignore",
        type="tertiary",
        key=f"at_rest.{name}.csv",
    )
