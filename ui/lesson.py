"""What every lesson is made of: its heading, the run with its question and controls, variations, questions, the way on.

A lesson's page calls these in its own order, with its prose between them. The form is: plain words, the idea exactly,
predict and run, explain, try, check.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from moe_core.config import TABLE
from moe_core.config.lesson import NAMES, Lesson, Measured, Settings, load, measured
from ui import lesson_run, session
from ui.check import check
from ui.experiment import PRESET, Experiment
from ui.group import TWIN, said_in_query, written
from ui.lesson_words import LessonWords, words_of
from ui.own_query import OwnQuery
from ui.source import source_of
from ui.view_files import steps_trained

READABLE = 860
"""Pixels: lines of some hundred letters, and room for a small table."""


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

    @property
    def steps_trained(self) -> int:
        """How far the saved run has trained that it begins with."""
        return steps_trained(self.data.preset)

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

    @property
    def other_data(self) -> str | None:
        """What the task of the present run is called, where a link or a variation has another than the lesson's."""
        task = session.current_experiment(self.name).config.settings()["task"]
        return None if task == self.data.config.settings()["task"] else TABLE["task"].title(task)

    def run(self, told: str) -> None:
        """What it is about, in plain words, and the live view with the question, and the controls beside it."""
        self._begin(told, lesson_run.run)

    def follow_token(self, told: str) -> None:
        """The same of a view that follows one token, which takes the width: the controls stand above it."""
        self._begin(told, lesson_run.follow_token)

    def _begin(self, told: str, run: Callable[["LessonPage"], None]) -> None:
        """Before a room somebody tells it, and the view has the first screenful: the words stand below it."""
        if not session.presenting():
            st.markdown(told)
        run(self)
        if session.presenting():
            st.markdown(told)

    def tries(self, *names: str) -> None:
        """Variations that one click makes, each with what to look for. The view then comes into sight and trains."""
        for name in names:
            said = self.words.tries[name]
            with st.container(horizontal=True, vertical_alignment="center"):
                key = f"{self.name}.try.{name}"
                st.button(
                    said.label,
                    key,
                    icon=":material/play_arrow:",
                    on_click=lesson_run.vary,
                    args=(self, name),
                    width=260,
                )
                st.markdown(said.told, width="stretch")

    def way_back(self, label: str, told: str) -> None:
        """From variations of the run as it is to the run before the first of them."""
        with st.container(horizontal=True, vertical_alignment="center"):
            key, icon = f"{self.name}.untreated", ":material/undo:"
            st.button(label, key, icon=icon, on_click=session.act, args=(self.name,), kwargs={"back": True}, width=260)
            st.markdown(told, width="stretch")

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
    part.header(title)
    return part


def answers() -> DeltaGenerator:
    """Numbers that answer the lesson's question, for after the guess: folded, and open to whoever does not guess."""
    return st.expander("What was measured over many seeds. It answers the question above the run.")


def show_source(module: str, name: str, told: str = "This ran") -> None:
    """The lines of the core that did what was told. told: what is said of them, where another run has others."""
    source = source_of(module, name)
    st.code(source.text, language="python", wrap_lines=True)
    st.caption(f"{told}: `{source.path}`, from line {source.line}.")
