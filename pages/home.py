"""Home: what a mixture of experts is, in plain words, beside one that has trained; and a door to all there is."""

import streamlit as st

from moe_core.config import presets
from ui import session
from ui.concepts import concept_map
from ui.experiment import Experiment
from ui.lesson_list import lesson_list
from ui.literal import literal
from ui.live_view import live_view
from ui.view_files import base_path

PAGE = "home"
PLAYGROUND = "../pages/lab/playground.py"
ARROW = ":material/arrow_forward:"
DOORS_A_ROW = 3
TAKES_NONE = "Home has one run, as it is, and takes no settings from its address."


def not_taken() -> None:
    """What is wrong with a link to here, and the way to where its settings have a meaning."""
    asked = session.settings_asked()
    experiment = Experiment.of_query(asked)
    said = [*session.named_twice(), *session.refused(), *experiment.problems, *([TAKES_NONE] if asked else [])]
    if not said:
        return
    with st.container(key="problems"):
        st.warning(literal(" ".join(said)))
        if query := experiment.query():
            st.page_link(PLAYGROUND, label="Open the Playground with these settings", icon=ARROW, query_params=query)


def door(name: str) -> None:
    """A link to one situation of the Playground, and what to look for there."""
    preset = presets.load(name)
    with st.container(border=True, height="stretch"):
        st.page_link(PLAYGROUND, label=f"**{preset.title}**", icon=ARROW, query_params={"preset": name})
        st.caption(preset.look_for)


not_taken()
st.title("See what a mixture of experts does")
st.markdown(
    "A receptionist sends each patient to the right specialist. That is a **mixture of experts**: several small "
    "networks, and a router that learns which one to ask. On day one nobody is a specialist, and the receptionist is "
    "new too. Both learn at the same time, from the same mistakes."
)
experiment = Experiment.of_preset(presets.NAMES[0])
live_view(PAGE, experiment, connect="on-demand", layout="home", asks=PAGE, in_fragment=False)

if not session.presenting():
    st.header("Lessons")
    st.markdown("Each asks what will happen, trains it before your eyes, and says why.")
    lesson_list()
    st.header("Try it yourself")
    st.markdown(
        "The **Playground** trains a mixture while you turn its knobs. Open it at any of these situations: each is a "
        "link to settings that were measured to show what they say."
    )
    for first in range(0, len(presets.NAMES), DOORS_A_ROW):
        for column, name in zip(st.columns(DOORS_A_ROW), presets.NAMES[first : first + DOORS_A_ROW], strict=False):
            with column:
                door(name)
    st.header("What to know first, and what follows")
    st.markdown("Each concept needs those before it. A link opens a page that shows it; what has none yet says later.")
    st.html(concept_map(base_path()))
