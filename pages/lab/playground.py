"""The Playground: one run, its controls beside it, and what can be measured of it below."""

import streamlit as st

from moe_core.config import presets
from ui import session
from ui.at_rest import at_rest
from ui.controls import changes, controls
from ui.experiment import Experiment
from ui.literal import literal
from ui.live_view import live_view

PAGE = "playground"

session.open_experiment(PAGE)


@st.fragment
def playground() -> None:
    """One fragment, so that a moved slider reaches the view without running the page again."""
    experiment = session.current_experiment(PAGE)
    chosen = session.bound(
        PAGE, "preset", experiment.preset, lambda name: session.change_experiment(PAGE, Experiment.of_preset(str(name)))
    )
    st.segmented_control(
        "Situations",
        presets.NAMES,
        format_func=lambda name: presets.load(name).title,
        required=True,
        label_visibility="collapsed",
        **chosen,
    )
    # One place, whatever stands in it: were the view to move down the page, the browser would build it anew.
    with st.container():
        about(experiment)
    view_column, control_column = st.columns([0.78, 0.22], gap="medium")
    with view_column:
        live_view(PAGE, experiment)
    with control_column:
        controls(PAGE, experiment)


def about(experiment: Experiment) -> None:
    """What to look for, as long as the preset is as it was; else what differs and the way back. And refusals."""
    for problem in experiment.problems:
        st.warning(literal(problem))
    preset = presets.load(experiment.preset)
    if not experiment.differences:
        st.caption(preset.look_for)
        return
    words, back = st.columns([0.8, 0.2], vertical_alignment="center")
    words.caption(f"Changed from *{preset.title}*: {changes(experiment)}.")
    back.button(
        f"Back to {preset.title}",
        type="tertiary",
        on_click=session.change_experiment,
        args=(PAGE, Experiment.of_preset(experiment.preset)),
        width="stretch",
    )


playground()
at_rest(PAGE)
