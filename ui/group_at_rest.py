"""What every member of a group has come to, side by side: measured when the run comes to rest, and on demand.

A fragment of its own: a moved slider does not redraw it, and it redraws nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import streamlit as st

from server.client import NoAnswer
from server.question import Answer
from ui import session
from ui.at_rest import NOT_STARTED
from ui.experiment import Experiment
from ui.host import session_host
from ui.rest_signal import rest_signal

KEPT = "group_at_rest"


@dataclass(frozen=True)
class GroupAtRest:
    """What was measured: of which run, with which settings, and of each member."""

    run: str
    experiment: Experiment
    answers: Sequence[Answer]


@st.fragment
def group_at_rest(page: str, draw: Callable[[GroupAtRest], None]) -> None:
    """Draw what all members of a page's run come to, once they have been measured."""

    def measure() -> None:
        _measure(page)

    found = session.kept(page, KEPT)
    measured = found if isinstance(found, GroupAtRest) else None
    line, button = st.columns([0.75, 0.25], vertical_alignment="center")
    with line:
        rest_signal(page, measured.run if measured else None, measured.answers[0].step if measured else None, measure)
    button.button("Measure now", f"{page}.measure", on_click=measure, width="stretch")
    if no_answer := session.no_answer_of(page):
        st.info(no_answer)
    if measured:
        with st.container(key=KEPT):
            draw(measured)


def _measure(page: str) -> None:
    """Ask every member, and keep what they answer, or why one did not."""
    run, experiment = session.run_of(page), session.current_experiment(page)
    if run is None:
        session.keep_no_answer(page, NOT_STARTED)
        return
    try:
        answers = [session_host().ask(run, member) for member in range(1 + len(experiment.members))]
    except NoAnswer as error:
        session.keep_no_answer(page, str(error))
        return
    session.keep_no_answer(page, None)
    session.keep(page, KEPT, GroupAtRest(run, experiment, answers))
