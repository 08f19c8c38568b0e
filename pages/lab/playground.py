"""The Playground: one run, its controls beside it, and what can be measured of it below."""

from contextlib import nullcontext

import streamlit as st

from moe_core.config import presets
from ui import session
from ui.at_rest import at_rest
from ui.controls import changes, controls
from ui.experiment import Experiment
from ui.literal import literal
from ui.live_view import live_view
from ui.own_data import own_data
from ui.twin import twin

PAGE = "playground"

session.open_experiment(PAGE)


@st.fragment
def playground() -> None:
    """One fragment, so that a moved slider reaches the view without running the page again."""
    experiment = session.current_experiment(PAGE)
    presenting = session.presenting()
    with st.container(key="head", horizontal=True, vertical_alignment="center") if presenting else nullcontext():
        situations(experiment)
        # One place, whatever stands in it: were the view to move down the page, the browser would build it anew.
        with st.container(key="about"):
            about(experiment)
    view_column, control_column = st.columns([0.78, 0.22], gap="small")
    with view_column, st.container(key="run.view"):
        live_view(PAGE, experiment)
    # Before a room three members or more have the width, and the controls stand below them: see present.css.
    below = presenting and len(experiment.members) > 1
    with control_column, st.container(key="run.controls.below" if below else "run.controls", gap="xsmall"):
        controls(PAGE, experiment, more=not presenting)
        if not presenting:
            twin(PAGE, experiment)
    if not presenting:
        own_data(PAGE, experiment)


def situations(experiment: Experiment) -> None:
    """The presets by name, in rows; on a phone and before a room, where the style sheet shows the other one, as a list
    to be opened.

    In the rows the chosen one can be chosen again: that opens it anew. Beside the list there is a button for it. Until
    the view stands, their place is kept.
    """

    def choose(name: object) -> None:
        session.open_preset(PAGE, str(name or experiment.preset))

    def title(name: str) -> str:
        return presets.load(name).title

    rows = st.container(key="situations")
    folded = st.container(key="situation", horizontal=True, gap="small")
    if not session.view_stands(PAGE):
        rows.empty()
        folded.empty()
        return
    with rows:
        st.segmented_control(
            "Situations",
            presets.NAMES,
            default=experiment.preset,
            format_func=title,
            label_visibility="collapsed",
            **session.bound(PAGE, "preset", experiment.preset, choose),
        )
    with folded:
        st.selectbox(
            "Situation",
            presets.NAMES,
            index=presets.NAMES.index(experiment.preset),
            format_func=title,
            filter_mode=None,
            label_visibility="collapsed",
            **session.bound(PAGE, "preset_in_list", experiment.preset, choose),
        )
        st.button("Open again", key=f"{PAGE}.again", on_click=choose, args=(None,))


def about(experiment: Experiment) -> None:
    """What to look for, as long as the preset is as it was; else what was changed and the way back. And refusals."""
    if said := " ".join([*session.refused(), *experiment.problems, *experiment.fallen]):
        st.warning(literal(said))
    preset = presets.load(experiment.preset)
    if not experiment.differences:
        st.caption(f"**Look for:** {preset.look_for}")
        return
    with st.container(horizontal=True, vertical_alignment="center", gap="small"):
        st.caption(f"Changed from *{preset.title}*: {changes(experiment)}.", width="content")
        st.button(
            f"Back to {preset.title}",
            key=f"{PAGE}.back",
            icon=":material/undo:",
            on_click=session.open_preset,
            args=(PAGE, experiment.preset),
        )


st.html('<h1 class="unseen-title">Playground</h1>')
playground()
if not session.presenting():
    at_rest(PAGE)
