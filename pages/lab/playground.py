"""The Playground: one run, its controls beside it, and what can be measured of it below."""

import streamlit as st

from moe_core.config import presets
from ui import session
from ui.controls import controls
from ui.experiment import Experiment
from ui.literal import literal
from ui.live_view import live_view
from ui.measure import measured

PAGE = "playground"

session.open_experiment(PAGE)


@st.fragment
def playground() -> None:
    """Controls and view in one fragment, so that a moved slider reaches the view without running the page again."""
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
    st.caption(presets.load(experiment.preset).look_for)
    for problem in experiment.problems:
        st.warning(literal(problem))
    view_column, control_column = st.columns([0.78, 0.22], gap="medium")
    with view_column:
        live_view(PAGE, experiment)
    with control_column:
        controls(PAGE, experiment)


playground()
measured(PAGE)
