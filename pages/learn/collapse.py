"""Collapse: the disease before the cure. Two runs in lockstep, one of them with nothing that spreads the load."""

import streamlit as st

from ui.glossary import term
from ui.lesson import LessonPage, answers, section, show_source
from ui.number_table import number_table, percent, span

LESSON = LessonPage("collapse")
CURES = ("loss", "jitter", "revival", "both", "bias")

LESSON.heading()
LESSON.run(
    f"A {term('router')} learns by asking. The expert that it asks learns from the input, and no other does. "
    + (
        f"These runs are of other data than the lesson's own: *{LESSON.other_data}*. A second loss spreads the "
        f"load, as loudly as its {term('auxiliary-loss', 'balance coefficient')} α says. "
        if LESSON.other_data
        else "Both runs begin alike, with eight experts at work. On the right a second loss spreads the load, with "
        f"{term('auxiliary-loss', 'balance coefficient')} α = 0.1; on the left α = 0. "
    )
    + f"{term('effective-experts', 'Effective experts')} are those that share the load $f$: "
    r"$\exp(-\sum_e f_e \ln f_e)$, from 1 to 8."
)

found, seeds = LESSON.measured.more, LESSON.measured.seeds

with section("It happens every time"):
    onset = found["onset"]
    st.markdown(
        f"An expert is {term('dead-expert', 'dead')} when its load stays under a tenth of its fair share for 200 "
        "steps. A mixture has collapsed when at least half of its experts are dead."
    )
    with answers():
        st.markdown(
            f"By this rule {onset['collapsed']} of {seeds} runs with α = 0, each with other data and first weights, "
            f"had collapsed by step {onset['until']:,}. It began between step {onset['low']} and {onset['high']}."
        )
    show_source("moe_core.spells", "collapse_onset")

with section("Asked, trained, better, asked again"):
    st.markdown("Only the chosen expert answers, weighted by the probability that the router gives it:")
    st.latex(r"y(x) = p_i(x)\, y_i(x), \qquad i = \arg\max_e h_e(x), \qquad p = \mathrm{softmax}(h)")
    st.markdown("So the loss reaches the weights of that expert and of no other:")
    st.latex(
        r"\frac{\partial L}{\partial \theta_e} = \sum_{x\,:\,i(x) = e} p_e(x)\,"
        r"\Big(\frac{\partial y_e}{\partial \theta_e}\Big)^{\!\top} \frac{\partial L}{\partial y}"
    )
    st.markdown(
        "An expert that answers well is then asked more firmly: where its answer lowers the loss, the gradient raises "
        "$h_i$. That closes the circle."
    )
    loop = found["loop"]
    with answers():
        st.markdown(
            number_table(
                [
                    "",
                    f"asked: load at step {loop['asked_at']}",
                    f"trained: share of the inputs up to step {loop['better_at']}",
                    f"better: accuracy alone at step {loop['better_at']}",
                    f"asked again: load at step {loop['again_at']}",
                ],
                [
                    [name, *(percent(loop[who][what]) for what in ("asked", "trained", "better", "again"))]
                    for who, name in (("busiest", "The expert asked most"), ("others", "Each of the seven others"))
                ],
            )
        )
        st.caption(
            f"Means of {seeds} runs with α = 0. In each the expert asked most at step {loop['asked_at']} is followed. "
            "Alone means: it answers the whole test split, also where the router would ask another."
        )
    show_source("moe_core.routers.switch", "SwitchRouter.forward", "This is the lesson's own router")

with section("Accuracy hides it"):
    left, right, digits, balanced = (found[name] for name in ("left", "right", "digits", "digits_balanced"))
    st.markdown(
        "One small network is nearly enough for two moons. On the digits the collapsed mixture even scores better. On "
        f"the cards, *plain* and *wide* are {term('plain-network', 'networks without experts')} to compare with."
    )
    with answers():
        st.markdown(
            number_table(
                ["", "effective experts", "accuracy, mean", "accuracy, lowest to highest"],
                [
                    [
                        name,
                        span(run["effective_experts"]),
                        percent(run["test_score"]["mean"]),
                        f"{percent(run['test_score']['low'])} to {percent(run['test_score']['high'])}",
                    ]
                    for name, run in (
                        ("Moons, α = 0", left),
                        ("Moons, α = 0.1", right),
                        ("Digits, α = 0", digits),
                        ("Digits, α = 1", balanced),
                    )
                ],
            )
        )
        st.caption(f"{seeds} seeds. Moons after {LESSON.data.question.step} steps, digits after {found['on_digits']}.")
    LESSON.tries("digits")

with section("It need not happen"):
    centred = found["digits_centred"]["effective_experts"]
    st.markdown(
        "No pixel is negative. So all images point the same way, and one row of the router can score highest for every "
        "one of them. With the mean image subtracted they point in all directions. Nothing else is changed, and no "
        f"load is balanced: after {found['on_digits']} steps {span(centred)} experts are effective, over {seeds} "
        f"seeds. Without it: {span(digits['effective_experts'])}."
    )
    LESSON.tries("centred")

with section("Treat the patient"):
    st.markdown(
        f"The run has paused at step {LESSON.data.question.step}. Play on, to step {onset['until']:,} or so. Then "
        "press one of these: the left run goes on with this cure alone, every other is off, and nothing is forgotten. "
        "The right run stays as it is."
    )
    LESSON.tries(*CURES)
    LESSON.way_back(
        "The patient again",
        "Back to before the first cure. Without it a second cure goes on from where the first has come to.",
    )
    treated = found["treated"]
    st.markdown(
        number_table(
            [
                f"given at step {onset['until']:,}",
                "cured",
                "after steps, median",
                "most experts on the way",
                f"after {treated} steps",
            ],
            [
                [
                    LESSON.words.tries[name].label,
                    f"{cure['cured']} of {seeds}",
                    f"{cure['steps']:.0f}" if "steps" in cure else "–",
                    span(cure["most"]),
                    span(cure["end"]),
                ]
                for name, cure in ((name, found["cures"][name]) for name in CURES)
            ],
        )
    )
    st.caption(f"{seeds} seeds. Cured: six or more effective experts. Ranges: the lowest and the highest seed.")

with section("Why a loss can reach a dead expert"):
    st.latex(r"L_\text{balance} = \alpha\, E \sum_e f_e\, P_e")
    st.markdown(
        "$f_e$ is the share of inputs that went to expert $e$, a count without a gradient. $P_e$ is the mean "
        "probability that the router gives it, and that has one, for dead experts as well. The loss lowers $P$ where "
        "$f$ is high."
    )
    show_source("moe_core.losses", "load_balancing_loss")

with section("Take the cure away"):
    removed = found["removed"]
    st.markdown(
        f"After {treated} steps at α = 1 the balance loss was taken away again. {removed['steps']} steps later "
        f"{removed['relapsed']} of {seeds} runs had fallen under six effective experts: {span(removed)}."
    )
    LESSON.tries("remove")

with section("Check"):
    LESSON.checks()

LESSON.onwards()
