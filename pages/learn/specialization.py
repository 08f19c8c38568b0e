"""Specialisation: nobody assigns the inputs. Experts become better on their own, and find out what their own is."""

import streamlit as st

from ui.at_rest import at_rest
from ui.glossary import term
from ui.lesson import LessonPage, answers, section, show_source
from ui.number_table import number_table, percent, span

LESSON = LessonPage("specialization")
AT_REST = ("Who gets what", "Who suffers", "All numbers")

LESSON.heading()
LESSON.run(
    f"This run is of other data than the lesson's own: *{LESSON.other_data}*. Nobody tells its "
    f"{term('expert', 'experts')} which inputs belong together. Watch which ones each is given."
    if LESSON.other_data
    else "The data lies in eight discs, and each disc has its own rule for telling two classes apart. There are eight "
    f"{term('expert', 'experts')}. Nobody tells them that there are discs. *The lesson's own run* has trained for "
    f"{LESSON.steps_trained:,} steps, and its button brings it back. Click a card to see what that expert says "
    "everywhere, then compare *Owner* with *Prediction*."
)

found, seeds = LESSON.measured.more, LESSON.measured.seeds
discs, alone, two, digits = (found[run] for run in ("discs", "alone", "two", "digits"))

with section("A region is not a specialty"):
    st.markdown(
        "Before training the router cuts the plane into regions already, by geometry alone. In each region any expert "
        "would answer as well as its owner. So the question is not where an expert is asked, but whether it is better "
        "there than the others:"
    )
    st.latex(
        r"\text{own minus others} = \frac{1}{k T} \sum_t \sum_{e \in S_t} "
        r"\Big( r_{te} - \frac{1}{E - 1} \sum_{j \ne e} r_{tj} \Big)"
    )
    st.markdown(
        r"$S_t$ are the $k$ experts that were asked for input $t$, of $T$. $r_{te}$ is 1 where expert $e$ alone would "
        "answer input $t$ rightly, and else 0. Untrained the difference is about 0."
    )
    show_source("moe_core.metrics.experts", "own_minus_others")

with section("Agreement with what we would name"):
    st.latex(r"\text{NMI} = \frac{2\, I(\text{expert}; \text{part})}{H(\text{expert}) + H(\text{part})}")
    st.markdown(
        "NMI says how far expert and disc tell each other. Discs lie in different places, so an untrained router "
        "agrees with them as well. Read it beside that value, never alone."
    )
    with answers():
        st.markdown(
            number_table(
                ["", "untrained", "trained"],
                [
                    ["Own minus others", span(discs["own_before"], 2), span(discs["own"], 2)],
                    ["NMI with the discs", span(discs["nmi_before"], 2), span(discs["nmi"], 2)],
                    ["NMI, mean", f"{discs['nmi_before']['mean']:.2f}", f"{discs['nmi']['mean']:.2f}"],
                ],
            )
        )
        st.caption(f"{seeds} seeds, after {found['until']:,} steps. Ranges: the lowest and the highest seed.")

at_rest(LESSON.name, AT_REST)

with section("Take one expert away"):
    st.markdown(
        "Let the run rest and open *Who suffers*. Each expert is killed in turn, and the router chooses among the "
        "others. Once each expert has a disc of its own, that disc loses and the others notice little; until then an "
        "expert may still be needed for two. Parts are called A, B, C, since experts are called 1, 2, 3. "
        f"Over {seeds} seeds, after {found['until']:,} steps, the disc that misses an expert most loses "
        f"{100 * discs['suffers']['mean']:.0f} points of accuracy on average, and each other disc "
        f"{100 * discs['spared']['mean']:.1f}."
    )
    show_source("moe_core.metrics.ablation", "fall_by_label")

with section("Nothing has to hold them"):
    LESSON.tries("alone")
    st.markdown(
        f"The balance loss is taken away at step {found['until']:,}. Experts that are better on their own inputs still "
        "lower the loss when they are asked for them."
    )
    with answers():
        st.markdown(
            f"{found['alone_for']} steps later own minus others is {span(alone['own'], 2)}, "
            f"{span(alone['effective_experts'])} experts are effective, and accuracy is "
            f"{percent(alone['score']['mean'])} on average."
        )

with section("Nothing forces it"):
    LESSON.tries("two")
    st.markdown(
        "With two experts asked the pair answers together, so neither has to be good at a disc alone. The mixture can "
        "be as accurate as with one, and its experts less special."
    )
    with answers():
        st.markdown(
            f"With two experts asked, accuracy is {percent(two['score']['mean'])} on average against "
            f"{percent(discs['score']['mean'])} with one. But own minus others is only {span(two['own'], 2)}. And "
            "training makes the agreement with the discs no better: on average it begins at an NMI of "
            f"{two['nmi_before']['mean']:.2f} and ends at {two['nmi']['mean']:.2f}, where with one expert asked it "
            f"rises from {discs['nmi_before']['mean']:.2f} to {discs['nmi']['mean']:.2f}."
        )

with section("What would you call them?"):
    LESSON.tries("digits")
    pairs = " ".join(
        f"{pair['digits'][0]} and {pair['digits'][1]} in {pair['seeds']} of {seeds} seeds," for pair in found["pairs"]
    )
    st.markdown(
        f"There are ten digits and eight experts. After {found['on_digits']} steps an expert is better on its own "
        f"images by {span(digits['own'], 2)}, and {percent(digits['purity']['mean'])} of them are of its most frequent "
        f"digit. Two digits are often sent mostly to one expert: {pairs.rstrip(',')}. Of the 45 pairs "
        f"{found['pairs_that_ever_share']} share an expert in some seed."
    )

with section("Check"):
    LESSON.checks()

with section("Nobody assigns the subsets"):
    st.markdown("Experts specialise in what lowers the loss, not in what we would name.")

LESSON.onwards()
