"""Gating: one token in slow motion through a router that has trained, from its logits to its gradients."""

import streamlit as st

from ui.lesson import LessonPage

LESSON = LessonPage("gating")

LESSON.heading()
st.markdown(
    "A router scores every expert for a token, asks the best, and adds up their answers, each times its gate. The one "
    "below has trained. Drag the token over the plane, or a logit up and down, and read from top to bottom.\n\n"
    # Each apart and in braces, so that a narrow page breaks between them and not inside one.
    r"${h = xW^\top + b,}$ &emsp; ${p = \mathrm{softmax}(h),}$ &emsp; ${T = \text{the } k \text{ largest},}$ &emsp; "
    r"${y = \sum_{e \in T} g_e f_e(x)}$"
)
LESSON.follow_token()

st.subheader("Choosing has no gradient, weighing has")
st.markdown(
    "Which experts are chosen changes in jumps. Move a logit a little and the same ones are asked: that step teaches "
    "nothing. What teaches the router is the gate. With $a_e$ the slope of the loss along the gate of expert $e$, and "
    "gates that are the probabilities themselves,"
)
st.latex(r"\frac{\partial \ell}{\partial h_e} = p_e \Big( [e \in T]\, a_e - \sum_{j \in T} p_j a_j \Big)")
st.markdown(
    "so that experts that were not asked are taught too: their logits rise where the chosen ones did badly. Divide the "
    "gates by their sum, and with one expert the gate is 1 and the gradient zero. Only the balance loss is then left."
)
LESSON.tries("renormalized", "two", "noise", "dense")

st.subheader("What is not computed")
st.markdown(
    "Hatched experts do not answer. Their number grows, and the work for a token does not: that is what a sparse layer "
    "is for. It is a saving in multiplications. In a layer as small as this one it is faster to compute all experts in "
    "one product and to throw most answers away, which this program does; in a large layer the saving is real."
)

st.subheader("Check")
LESSON.checks()
LESSON.onwards()
