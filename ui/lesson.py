"""What every lesson is made of: its heading, the run with its question and controls, variations, questions, the way on.

A lesson's page calls these in its own order, with its prose between them. The form is: plain words, the idea exactly,
predict and run, explain, try, check.
"""

from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from moe_core.config import TABLE, presets
from moe_core.config.lesson import NAMES, Lesson, Measured, Settings, load, measured
from ui import session
from ui.check import check
from ui.controls import control, readable
from ui.experiment import PRESET, Experiment
from ui.group import TWIN, said_in_query, written
from ui.lesson_words import LessonWords, words_of
from ui.literal import literal
from ui.live_view import live_view
from ui.own_query import OwnQuery
from ui.source import source_of
from ui.stage_sources import ROUTERS, stage_sources

READABLE = 860
"""Pixels: lines of some hundred letters, and room for a small table."""

PLAYGROUND = "../pages/lab/playground.py"


@dataclass(frozen=True)
class LessonPage:
    """One lesson, by its name, which is also that of its page and of its files."""

    name: str

    @property
    def data(self) -> Lesson:
        """Its experiment, and what is asked of it."""
        return load(self.name)

    @property
    def words(self) -> LessonWords:
        """Its words that are data."""
        return words_of(self.name)

    @property
    def measured(self) -> Measured:
        """What was measured of it over many seeds."""
        found = measured(self.name)
        assert found is not None, f"the lesson {self.name} was never measured"
        return found

    @property
    def own(self) -> OwnQuery:
        """The query of its own experiment."""
        return own_query(self.data.preset, self.data.settings, self.data.members)

    def is_own(self, experiment: Experiment) -> bool:
        """Whether this is the lesson's own experiment."""
        return replace(experiment, problems=()) == self.own.experiment

    def tried(self, name: str) -> Experiment:
        """The experiment of a variation that starts from a preset."""
        variation = self.data.tries[name]
        assert variation.preset is not None, f"{name} is a variation of the run as it is"
        return own_query(variation.preset, variation.settings, variation.members).experiment

    def heading(self) -> None:
        """Its title. Comes first: it reads the address."""
        session.open_experiment(self.name, self.own)
        st.title(self.words.title)

    def run(self) -> None:
        """The live view with the question, and the controls beside it."""
        _run(self)

    def follow_token(self) -> None:
        """The same of a view that follows one token, which takes the width: the controls stand above it."""
        _follow_token(self)

    def tries(self, *names: str) -> None:
        """Variations that one click makes, each with what to look for. The view then comes into sight and trains."""
        for name in names:
            said = self.words.tries[name]
            with st.container(horizontal=True, vertical_alignment="center"):
                key = f"{self.name}.try.{name}"
                st.button(said.label, key, icon=":material/play_arrow:", on_click=_vary, args=(self, name), width=260)
                st.markdown(said.told, width="stretch")

    def checks(self) -> None:
        """One or two questions, answered at once and never scored."""
        for number, asked in enumerate(self.words.checks):
            check(f"{self.name}.check.{number}", asked)

    def onwards(self) -> None:
        """The lessons before and after this one. A room is not led away."""
        if session.presenting():
            return
        place = NAMES.index(self.name)
        before, after = st.columns(2)
        with before:
            if place > 0:
                link = f"Before: {words_of(NAMES[place - 1]).title}"
                st.page_link(lesson_file(NAMES[place - 1]), label=link, icon=":material/arrow_back:")
        with after:
            if place + 1 < len(NAMES):
                link = f"Next: {words_of(NAMES[place + 1]).title}"
                st.page_link(lesson_file(NAMES[place + 1]), label=link, icon=":material/arrow_forward:")
            else:
                st.page_link("../pages/home.py", label="All lessons", icon=":material/list:")


def lesson_file(name: str) -> str:
    """The file of a lesson's page, from the main script."""
    return f"../pages/learn/{name}.py"


def own_query(preset: str, settings: Settings, members: tuple[Settings, ...]) -> OwnQuery:
    """The query of a preset with settings changed, and members beside it that have others still."""
    fields = {PRESET: preset, **{name: written(value) for name, value in settings.items()}}
    if members:
        fields[TWIN] = said_in_query(members)
    return OwnQuery(fields)


def section(title: str) -> DeltaGenerator:
    """One idea below the run, no wider than is good to read."""
    part = st.container(width=READABLE)
    part.subheader(title)
    return part


def show_source(module: str, name: str) -> None:
    """The lines of the core that did what was told."""
    source = source_of(module, name)
    st.code(source.text, language="python", wrap_lines=True)
    st.caption(f"This ran: `{source.path}`, from line {source.line}.")


@st.fragment
def _run(lesson: LessonPage) -> None:
    """One fragment, so that a moved slider reaches the view without running the page again."""
    page, experiment = lesson.name, session.current_experiment(lesson.name)
    is_own = lesson.is_own(experiment)
    _problems(experiment)
    named = session.shown().names if session.presenting() else lesson.data.controls
    # Whatever the present experiment has, the view keeps its place: elsewhere the browser would build it anew.
    view_column, control_column = st.columns([0.78, 0.22], gap="small") if named else (st.container(), None)
    with view_column, st.container(key="run.view"):
        asks = page if is_own else None
        live_view(page, experiment, asks=asks, meters=lesson.data.meters, act=session.kept(page, "act"))
    if control_column is None:
        return
    with control_column, st.container(key="run.controls", gap="xsmall"):
        for name in _controls_of(lesson, experiment):
            control(page, experiment.config, name)
        _ways_on(lesson, experiment, is_own)


@st.fragment
def _follow_token(lesson: LessonPage) -> None:
    page, experiment = lesson.name, session.current_experiment(lesson.name)
    is_own = replace(experiment, problems=()) == lesson.own.experiment
    _problems(experiment)
    with st.container(horizontal=True, vertical_alignment="bottom", gap="medium", key="token.controls"):
        for name in _controls_of(lesson, experiment):
            with st.container(width=220):
                control(page, experiment.config, name, only=tuple(ROUTERS) if name == "router" else None)
        with st.container(width=220, gap="xsmall"):
            _ways_on(lesson, experiment, is_own)
    with st.container(key="token.view"):
        live_view(
            page,
            experiment,
            layout="token",
            asks=page if is_own else None,
            act=session.kept(page, "act"),
            sources=stage_sources(experiment.config),
        )


def _controls_of(lesson: LessonPage, experiment: Experiment) -> list[str]:
    """The settings that can be turned; before a room, those that the link names."""
    named = session.shown().names if session.presenting() else lesson.data.controls
    return [name for name in named if name in experiment.config.settings() and name not in session.hidden().names]


def _problems(experiment: Experiment) -> None:
    """What was refused of the link, or of a change. One place, whatever stands in it."""
    refused = [session.hidden().problem, session.shown().problem, *experiment.problems]
    with st.container(key="problems"):
        if said := " ".join(filter(None, refused)):
            st.warning(literal(said))


def _ways_on(lesson: LessonPage, experiment: Experiment, is_own: bool) -> None:
    """What differs from the lesson's own experiment, and the way back; and on to the Playground with all of it."""
    if not is_own:
        st.caption(_differences(lesson, experiment))
    key, icon = f"{lesson.name}.back", ":material/undo:"
    st.button("The lesson's own run", key, icon=icon, on_click=_back, args=(lesson,), width="stretch", disabled=is_own)
    if not session.presenting():
        query = experiment.query()
        st.page_link(PLAYGROUND, label="Open in the Playground", icon=":material/tune:", query_params=query)


def _differences(lesson: LessonPage, experiment: Experiment) -> str:
    """In words, what is not as the lesson has it."""
    if experiment.preset != lesson.data.preset:
        return f"Now: *{presets.load(experiment.preset).title}*."
    settings = experiment.config.settings()
    names = [name for name in experiment.config.differences(lesson.data.config) if name in settings]
    said = [f"{TABLE[name].label} {TABLE[name].title(settings[name])}" for name in names if readable(TABLE[name])]
    return f"Changed: {', '.join(said)}." if said else "Changed."


def _back(lesson: LessonPage) -> None:
    session.act(lesson.name, rewind=True)
    session.change_experiment(lesson.name, lesson.own.experiment)


def _vary(lesson: LessonPage, name: str) -> None:
    """Make a variation: of the run as it is, which goes on, or of a preset from step 0."""
    variation = lesson.data.tries[name]
    session.act(lesson.name, rewind=variation.preset is not None, revive=variation.revive, play=True)
    if variation.preset is None:
        session.change_experiment(lesson.name, session.current_experiment(lesson.name).merged(variation.settings))
    else:
        session.change_experiment(lesson.name, lesson.tried(name))
