"""The run of a lesson on its page: the live view with the question, the controls, and the ways back and on."""

from typing import TYPE_CHECKING

import streamlit as st

from moe_core.config import TABLE, presets
from ui import session
from ui.controls import control, in_words
from ui.experiment import Experiment
from ui.group import name_of
from ui.literal import literal
from ui.live_view import live_view, saved_run
from ui.stage_sources import ROUTERS, stage_sources

if TYPE_CHECKING:
    from ui.lesson import LessonPage

PLAYGROUND = "../pages/lab/playground.py"


@st.fragment
def run(lesson: "LessonPage") -> None:
    """The view with the question, and the controls beside it. One fragment, so that a moved slider reaches the view
    without running the page again.
    """
    page, experiment = lesson.name, session.current_experiment(lesson.name)
    is_own = lesson.is_own(experiment)
    _problems(experiment)
    named = _named(lesson)
    # Whatever the present experiment has, the view keeps its place: elsewhere the browser would build it anew.
    view_column, control_column = st.columns([0.78, 0.22], gap="small") if named else (st.container(), None)
    with view_column, st.container(key="run.view"):
        asks = page if is_own else None
        live_view(page, experiment, asks=asks, meters=lesson.data.meters, act=session.kept(page, "act"))
    if control_column is None:
        with st.container(width=260):
            _ways_on(lesson, experiment, is_own)
        return
    with control_column, st.container(key="run.controls", gap="xsmall"):
        for name in _controls_of(lesson, experiment):
            control(page, experiment.config, name)
        _ways_on(lesson, experiment, is_own)


@st.fragment
def follow_token(lesson: "LessonPage") -> None:
    """The same of a view that follows one token, which takes the width: the controls stand above it, and a way back
    alone below it.
    """
    page, experiment = lesson.name, session.current_experiment(lesson.name)
    is_own, has_controls = lesson.is_own(experiment), bool(_named(lesson))
    _problems(experiment)
    if has_controls:
        _token_controls(lesson, experiment, is_own)
    with st.container(key="token.view"):
        live_view(
            page,
            experiment,
            layout="token",
            asks=page if is_own else None,
            act=session.kept(page, "act"),
            sources=stage_sources(experiment.config),
        )
    if not has_controls:
        _token_controls(lesson, experiment, is_own)


def _token_controls(lesson: "LessonPage", experiment: Experiment, is_own: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="token.controls"):
        for name in _controls_of(lesson, experiment):
            with st.container(width=220):
                control(lesson.name, experiment.config, name, only=tuple(ROUTERS) if name == "router" else None)
        # As wide as there is room: what differs may be a long list, and the view stands below it.
        with st.container(width="stretch", gap="xsmall"):
            _ways_on(lesson, experiment, is_own)


def _named(lesson: "LessonPage") -> tuple[str, ...]:
    """The settings that the lesson lets a person turn; before a room, those that the link names."""
    return session.shown().names if session.presenting() else lesson.data.controls


def _controls_of(lesson: "LessonPage", experiment: Experiment) -> list[str]:
    """Those of them that the present run has, and that no link hides."""
    return [
        name for name in _named(lesson) if name in experiment.config.settings() and name not in session.hidden().names
    ]


def _problems(experiment: Experiment) -> None:
    """What was refused of the link, or of a change. One place, whatever stands in it."""
    with st.container(key="problems"):
        if said := " ".join([*session.refused(), *experiment.problems, *experiment.fallen]):
            st.warning(literal(said))


def _ways_on(lesson: "LessonPage", experiment: Experiment, is_own: bool) -> None:
    """What differs from the lesson's own experiment, and the way back; and on to the Playground with all of it."""
    if not is_own:
        st.caption(_differences(lesson, experiment))
    key, icon = f"{lesson.name}.back", ":material/undo:"
    # A saved run can be gone back to from a later or earlier step of itself.
    off = is_own and saved_run(experiment) is None
    st.button("The lesson's own run", key, icon=icon, on_click=_back, args=(lesson,), width="stretch", disabled=off)
    if not session.presenting():
        query = experiment.query()
        st.page_link(PLAYGROUND, label="Open in the Playground", icon=":material/tune:", query_params=query)


def _differences(lesson: "LessonPage", experiment: Experiment) -> str:
    """In words, what is not as the lesson has it."""
    if experiment.preset != lesson.data.preset:
        return f"Now: *{presets.load(experiment.preset).title}*."
    settings = experiment.config.settings()
    names = [name for name in experiment.config.differences(lesson.data.config) if name in settings]
    said = [in_words(TABLE[name], settings[name]) for name in names]
    if experiment.members != lesson.own.experiment.members:
        said += [f"beside it {name_of(member)}" for member in experiment.members] or ["nothing beside it"]
    return f"Changed: {', '.join(said)}."


def _back(lesson: "LessonPage") -> None:
    """From step 0; where a saved run is what the lesson begins with, to that."""
    own = lesson.own.experiment
    if saved_run(own):
        session.open_anew(lesson.name, own)
    else:
        session.act(lesson.name, rewind=True)
        session.change_experiment(lesson.name, own)


def vary(lesson: "LessonPage", name: str) -> None:
    """Make a variation: of the run as it is, which goes on, or of a preset from step 0."""
    variation = lesson.data.tries[name]
    session.act(lesson.name, rewind=variation.preset is not None, revive=variation.revive, play=True)
    if variation.preset is None:
        experiment = session.current_experiment(lesson.name)
        given = lesson.data.given(name, experiment.config)
        session.change_experiment(lesson.name, experiment.treated(given, lesson.data.cures))
    else:
        session.change_experiment(lesson.name, lesson.tried(name))
