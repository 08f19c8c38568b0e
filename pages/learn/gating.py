"""Gating: one token in slow motion through a router that has trained, from its logits to its gradients."""

import streamlit as st

from ui.glossary import term
from ui.lesson import LessonPage, answers, section, show_source

LESSON = LessonPage("gating")

LESSON.heading()
LESSON.follow_token(
    f"A {term('router')} scores every {term('expert')} for a {term('token')}, asks the best, and adds up their "
    f"answers, each times its {term('gates', 'gate')}. *The lesson's own run* has trained for {LESSON.steps_trained:,} "
    "steps, and its button brings it back. Drag the token over the plane, or a logit up and down, choose its target, "
    "and read down. These are the formulas of its router; each stage has those of the router that runs.\n\n"
    # Each apart and in braces, so that a narrow page breaks between them and not inside one.
    r"${h = Wx + b,}$ &emsp; ${p = \mathrm{softmax}(h),}$ &emsp; ${S = \text{the } k \text{ largest},}$ &emsp; "
    r"${y = \sum_{e \in S} g_e\, y_e}$"
)

with section("Choosing has no gradient, weighing has"):
    st.markdown(
        "Which experts are chosen changes in jumps. Move a logit a little and the same ones are asked: that step "
        "teaches nothing. What teaches the router is the gate. With $a_e = \\partial \\ell / \\partial g_e$ the "
        "slope of the loss along the gate of expert $e$, and gates that are the probabilities themselves,"
    )
    st.latex(r"\frac{\partial \ell}{\partial h_e} = p_e \Big( [e \in S]\, a_e - \sum_{j \in S} p_j a_j \Big)")
    st.markdown(
        "so that experts that were not asked are taught too: their logits rise where the chosen ones did badly. "
        "Choose the other target, and the last stage turns over. Divide the gates by their sum, and with one expert "
        "the gate is 1 and the gradient zero. Only the balance loss is then left."
    )
    show_source("moe_core.routers.top_k", "TopKRouter.forward", "This is the lesson's own router")

with section("How sure the router becomes"):
    asked, measured = LESSON.data.question, LESSON.measured
    st.markdown(
        f"The question is about the {term('router-entropy', 'entropy')} of the router's probabilities, in "
        f"{term('nats')}, as a mean over the $T$ test inputs:"
    )
    st.latex(r"H = -\frac{1}{T} \sum_t \sum_e p_{te} \ln p_{te}")
    st.markdown(
        r"It is $\ln 8 = 2.08$ where all eight experts are alike to the router, and 0 where it is sure of one. "
        "It falls as the router learns, because the gate is the chosen expert's probability. Where a larger part of "
        "its answer would lower the loss, its slope $a_e$ is below zero. Then a step raises its logit and lowers all "
        "others: the router becomes surer, and the answer louder. The balance loss does not forbid that. It asks for "
        "even shares over all inputs, not for doubt about each."
    )
    with answers():
        st.markdown(
            f"Over {measured.seeds} seeds it is {measured.low:.2f} to {measured.high:.2f} at step {asked.step}."
        )

st.header("Try")
LESSON.tries("renormalized", "two", "noise", "dense")

with section("What is not computed"):
    st.markdown(
        "Hatched experts do not answer. The outlined bars in them, and the second row, are what a dense layer would "
        "have computed: it asks everybody, for every token. With more experts the hatched ones become more, and the "
        "work for a token grows only by their scores: that is what a sparse layer is for. It is a saving in "
        "multiplications. In a layer as small as this one it is faster to compute all experts in one product and to "
        "throw most answers away, which this program does; in a large layer the saving is real."
    )

with section("Check"):
    LESSON.checks()
LESSON.onwards()
