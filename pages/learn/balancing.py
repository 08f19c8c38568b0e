"""Load balancing: how strong the second loss must be, what it costs, when it comes too late, and what it is not."""

import streamlit as st

from ui.experiment import Experiment
from ui.glossary import term
from ui.group_at_rest import group_at_rest
from ui.lesson import LessonPage, answers, section, show_source
from ui.number_table import number_table, percent, span
from ui.standings import Spans, standings

LESSON = LessonPage("balancing")
STEPS = LESSON.data.settings["stop_after"]

LESSON.heading()
LESSON.run(
    f"To keep all {term('expert', 'experts')} in use, a second loss asks for an even {term('load')}. Its coefficient "
    f"{term('auxiliary-loss', 'α')} says how loudly it asks, beside the loss of the task. One mixture learns to read "
    "digits four times in lockstep: the same images, first weights and batches. Only α differs."
)

found, seeds = LESSON.measured.more, LESSON.measured.seeds
alphas = [config.settings()["balance_coefficient"] for config in LESSON.data.configs]
runs = dict(zip(alphas, found["members"], strict=True))
pair, treated = found["pair"], found["treated"]


def ranges(experiment: Experiment) -> list[Spans] | None:
    """What was measured over seeds of each member, for the two experiments of which that was done."""
    if LESSON.is_own(experiment):
        return found["members"]
    return list(pair.values()) if experiment == LESSON.tried("pair") else None


st.header("Quality against balance")
st.markdown(
    f"Play on to step {STEPS}, where the four pause and are measured. Each mark is a run: the higher, the more "
    "accurate; the further right, the more experts share the load."
)
TOLD = f"mean and range over {seeds} seeds at step {STEPS}"
group_at_rest(LESSON.name, lambda rest: standings(rest, ranges(rest.experiment), TOLD))

with section("How strong is strong enough"):
    st.latex(r"L = L_\text{task} + L_\text{balance}, \qquad L_\text{balance} = \alpha\, E \sum_e f_e\, P_e")
    st.markdown(
        "With one expert that the router is sure of, the sum times $E$ is 8. At an even load it is 1. So all that "
        f"evening out can win is about $7\\alpha$: 0.07 {term('nats')} at α = 0.01. The task's loss begins at about "
        "$\\ln 10 = 2.3$. A coefficient is no constant of nature: it weighs one loss against another, so it belongs to "
        "the task."
    )
    with answers():
        st.markdown(
            f"Over {seeds} seeds {span(runs[0.01]['experts'])} experts are effective with α = 0.01 at step {STEPS}, "
            f"{span(runs[0.1]['experts'])} with 0.1, and {span(runs[1.0]['experts'])} with 1."
        )
    show_source("moe_core.losses", "load_balancing_loss")

with section("What it costs"):
    st.markdown(
        "An even load is no aim in itself. With α = 0 one expert learns from nearly every image. With α = 1 each "
        "expert learns from about an eighth of them. On average accuracy is "
        f"{percent(runs[0.0]['score']['mean'])} with α = 0 and {percent(runs[1.0]['score']['mean'])} with α = 1."
    )
    with answers():
        st.markdown(
            number_table(
                ["α", "effective experts", "accuracy, mean", "accuracy, lowest to highest"],
                [
                    [
                        f"{alpha:g}",
                        span(run["experts"]),
                        percent(run["score"]["mean"]),
                        f"{percent(run['score']['low'])} to {percent(run['score']['high'])}",
                    ]
                    for alpha, run in runs.items()
                ],
            )
        )
        st.caption(f"{seeds} seeds, step {STEPS}.")

with section("Preventing takes less than curing"):
    st.markdown(
        "Given from the start, a coefficient spreads the load before one expert is far ahead. Given late, it pulls "
        "against a task that has found its expert: with α = 0 the accuracy of the expert that is asked is "
        f"{100 * runs[0.0]['own_minus_others']['mean']:.0f} points above the mean of the seven others, on the images "
        "that it is asked for."
    )
    LESSON.tries("prevented", "late", "stronger")
    st.markdown(
        number_table(
            [
                "",
                "steps to six experts, mean",
                "lowest to highest",
                f"experts after {treated['late']['early_at']} steps",
            ],
            [
                [name, f"{one['steps']['mean']:.0f}", span(one["steps"], 0), span(one["early"])]
                for name, one in (
                    ("α = 0.3 from the start", treated["prevented"]),
                    (f"α = 0.3 from step {STEPS}", treated["late"]),
                    (f"α = 1 from step {STEPS}", treated["stronger"]),
                )
            ],
        )
    )
    st.caption(f"{seeds} seeds. Steps are counted from when the coefficient is given; experts are effective ones.")

with section("Balance is not specialisation"):
    st.markdown(
        "One expert is asked. If its gate is divided by the sum of all chosen gates, it is divided by itself, and is "
        "always 1, whatever the router says:"
    )
    st.latex(r"g_i = \frac{p_i}{p_i} = 1, \qquad \frac{\partial L_\text{task}}{\partial h} = 0")
    st.markdown(
        "The task then teaches the router nothing. Only the balance loss does, and that asks for an even load alone."
    )
    LESSON.tries("pair")
    st.markdown(
        number_table(
            ["", "effective experts", "accuracy, mean", "NMI", "NMI, untrained", "own minus others"],
            [
                [
                    name,
                    span(run["experts"]),
                    percent(run["score"]["mean"]),
                    span(run["nmi"], 2),
                    span(run["untrained_nmi"], 2),
                    span(run["own_minus_others"], 2),
                ]
                for name, run in (("Renormalised", pair["renormalised"]), ("Not renormalised", pair["switch"]))
            ],
        )
    )
    st.caption(
        f"{seeds} seeds, step {STEPS}, lowest to highest. On each of them the {term('nmi', 'NMI')} of expert and digit "
        f"is {found['apart']['low']:.2f} to {found['apart']['high']:.2f} apart, at an even load in both."
    )

with section("A tug-of-war"):
    st.markdown(
        "Each expert has a row of the router. The task's gradient pulls at it, and so does that of the balance loss. "
        "The view draws both as arrows under **Tug-of-war**, and says their cosine."
    )
    st.latex(r"\nabla L_\text{task} + \nabla L_\text{balance} = 0 \quad\Longrightarrow\quad \cos = -1")
    st.markdown(
        "Where training comes to rest the sum is zero, so one pull is minus the other. That is an equilibrium and no "
        "damage: what balancing costs was read above, from the accuracy. It is no sign of an even load either."
    )
    with answers():
        st.markdown(
            f"Over {seeds} seeds, at step {STEPS}, the cosine of the median expert is {span(runs[0.01]['cosine'], 2)} "
            f"with α = 0.01, and there hardly more than one expert works. It is {span(runs[0.1]['cosine'], 2)} with "
            f"0.1, and {span(runs[1.0]['cosine'], 2)} with 1: some of those routers still move."
        )

with section("Check"):
    LESSON.checks()

LESSON.onwards()
