"""Home: what a mixture of experts is, in plain words, beside one that has trained."""

import streamlit as st

from moe_core.config import presets
from ui.experiment import Experiment
from ui.live_view import live_view

PAGE = "home"

st.title("See what a mixture of experts does")
words, view = st.columns([0.3, 0.7], gap="large")
with words:
    st.markdown(
        """
A receptionist sends each patient to the right specialist.
That is a **mixture of experts**: several small networks, and a router that learns which one to ask.

On day one nobody is a specialist, and the receptionist is new too.
Both learn at the same time, from the same mistakes.

The picture shows one that has trained: eight experts, each with a colour and a number, and the places that the router
sends to them. Its curves stand beside those of two plain networks: one does the same amount of work, the other has as
many parameters.

Press **rewind**, then **play**. It forgets everything and trains again, here, now.
"""
    )
    if st.button("Open the Playground", icon=":material/play_circle:"):
        st.switch_page("../pages/lab/playground.py")
with view:
    live_view(PAGE, Experiment.of_preset(presets.NAMES[0]), connect="on-demand")
