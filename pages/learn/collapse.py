"""Collapse: the disease before the cure. Two runs in lockstep, one of them with nothing that spreads the load."""

import streamlit as st

from ui.lesson import LessonPage, show_source

LESSON = LessonPage("collapse")

LESSON.heading()
st.markdown(
    "A router learns by asking. Whoever it asks learns from the input; whoever it does not ask learns nothing. "
    "Both runs below begin alike, with the work spread over eight experts. The left one is left alone. In the right "
    "one a second loss spreads the load."
)
LESSON.run()

st.subheader("Asked, trained, better, asked again")
st.markdown("Only the chosen expert answers, and its gate is the router's probability for it:")
st.latex(r"y(x) = p_i(x)\, E_i(x), \qquad i = \arg\max_e\, h_e(x), \qquad p = \mathrm{softmax}(h)")
LESSON.tries("digits", "centred")

st.subheader("Treat the patient")
LESSON.tries("loss", "jitter", "revival", "both", "bias", "remove")
show_source("moe_core.losses", "load_balancing_loss")

st.subheader("Check")
LESSON.checks()
LESSON.onwards()
