"""What is studied at rest, below the live view: a run's own worker measures, and charts show it.

A fragment of its own: a moved slider does not redraw it, and it redraws nothing else.
"""

from collections.abc import Sequence

import streamlit as st

from server.client import NoAnswer
from ui import session
from ui.host import session_host
from ui.rest_signal import rest_signal
from ui.rest_tabs import rest_tabs

NOT_STARTED = "The run has not started yet. Press play or step above, then measure."
MEMBER = "rest_member"
PANEL = "at_rest_panel"

# The bar of a chart of Altair's, with the picture as a file, would show only while the pointer is over the chart.
STYLE = f"""<style>
.st-key-{PANEL} [data-testid="stElementToolbar"] {{ opacity: 1; top: -2.75rem; }}
</style>"""


@st.fragment
def at_rest(page: str, tabs: Sequence[str] | None = None) -> None:
    """The panel of a page: measured again when its run comes to rest while it is looked at, and on demand.

    tabs: the names of those there are, see rest_tabs; None for all.
    """

    def measure() -> None:
        _measure(page)

    kept = session.answer_of(page, _member(page))
    run, step = (kept[0], kept[1].step) if kept else (None, None)
    with st.container(key=PANEL):
        st.html(STYLE)
        st.header("At rest")
        line, button = st.columns([0.75, 0.25], vertical_alignment="center")
        with line:
            rest_signal(page, run, step, measure)
        button.button(
            "Measure now",
            on_click=measure,
            help="The run reads the test split once, between two training steps.",
            width="stretch",
        )
        _whose(page)
        no_answer = session.no_answer_of(page)
        if no_answer:
            st.info(no_answer)
        if kept:
            rest_tabs(page, kept[1], tabs)


def _whose(page: str) -> None:
    """Beside others: chooses which of them is measured, and measures it."""
    if not session.others_of(page):
        return
    whose = session.current_experiment(page).names

    def choose(member: object) -> None:
        session.keep(page, MEMBER, member)
        _measure(page)

    member = _member(page)
    bound = session.bound(page, MEMBER, member, choose)
    st.segmented_control(
        "Whose numbers",
        range(len(whose)),
        default=member,
        format_func=whose.__getitem__,
        required=True,
        **bound,
    )


def _member(page: str) -> int:
    """Which member of the run is studied: 0 is the run as it is set, which also stands in for one that is gone."""
    member = session.kept(page, MEMBER)
    return member if isinstance(member, int) and member <= len(session.others_of(page)) else 0


def _measure(page: str) -> None:
    """Ask the run, and keep what it answers, or why it did not."""
    run, member = session.run_of(page), _member(page)
    if run is None:
        session.keep_no_answer(page, NOT_STARTED)
        return
    try:
        session.keep_answer(page, member, run, session_host().ask(run, member))
    except NoAnswer as error:
        session.keep_no_answer(page, str(error))
