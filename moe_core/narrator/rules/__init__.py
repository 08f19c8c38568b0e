"""All rules by name, what matters most first. Their sentences, by the same names, are in assets/narrator."""

from functools import partial

from moe_core.narrator.rule import Rule, Threshold
from moe_core.narrator.rules.balance import balanced
from moe_core.narrator.rules.doings import forced, killed
from moe_core.narrator.rules.experts import busiest, came_back, collapse, dead, idle
from moe_core.narrator.rules.losses import jumped, overfitting, plateau
from moe_core.narrator.rules.rivals import ahead, behind, level
from moe_core.narrator.rules.router import decided, undecided
from moe_core.narrator.rules.score import guessing, hidden_collapse
from moe_core.spells import COLLAPSED_FROM, DEAD_BELOW

SHARE = Threshold(DEAD_BELOW, "of the fair share", "so little that the expert hardly gets a gradient")
PATIENCE = Threshold(200, "steps", "as the onset of collapse is defined: twenty looks at the test split, no bad batch")
HALF = Threshold(COLLAPSED_FROM, "of all experts", "one dead expert is a loss, half of them are another model")
MARGIN = Threshold(0.02, "of the score", "over the spread between seeds of a mixture that learned its task, 0.012")
WINDOW = Threshold(100, "steps", "eleven looks at the test split, so that one lucky batch decides nothing")

WHO_IS_DEAD = {"share": SHARE, "patience": PATIENCE}
COMPARED = {"margin": MARGIN, "window": WINDOW}

RULES: dict[str, Rule] = {
    "collapse": Rule("share of experts that are dead", {"half": HALF, **WHO_IS_DEAD}, collapse),
    "hidden_collapse": Rule(
        metric="score under its best so far, in a mixture that has collapsed",
        thresholds={"margin": MARGIN, "half": HALF, **WHO_IS_DEAD},
        find=hidden_collapse,
        marked=False,
    ),
    "guessing": Rule("mean score over chance", COMPARED, guessing, marked=False),
    "loss_jumped": Rule(
        metric="test loss over its minimum in a window",
        thresholds={
            "factor": Threshold(1.5, "times", "a spike on the curve, over how much the loss of single looks trembles"),
            "window": WINDOW,
        },
        find=jumped,
    ),
    "forced": Rule("to whom a person sends every token", {}, forced, marked=False),
    "killed": Rule("whom a person has killed", {}, killed, marked=False),
    "busiest": Rule(
        metric="largest load",
        thresholds={
            "share": Threshold(0.5, "of all assignments", "more than all others together"),
            "fewest": Threshold(3, "experts", "of two, one always has half or more"),
        },
        find=busiest,
    ),
    "dead": Rule("steps of load under a part of the fair share", WHO_IS_DEAD, dead),
    "idle": Rule("load under a part of the fair share", WHO_IS_DEAD, idle, marked=False),
    "came_back": Rule(
        metric="load over that part of the fair share again, of an expert that was dead",
        thresholds={**WHO_IS_DEAD, "recent": Threshold(200, "steps", "news for as long as it takes to die again")},
        find=came_back,
    ),
    "overfitting": Rule(
        metric="change of train loss and of test loss, and which is higher",
        thresholds={
            "percent": Threshold(10, "%", "batches of 256 leave 4 to 7 % of noise in a mean of eleven train losses"),
            "window": Threshold(300, "steps", "the two means at its ends are then 100 steps apart"),
            "averaged": WINDOW,
        },
        find=overfitting,
    ),
    "behind_plain": Rule("mean score minus the plain network's", COMPARED, partial(behind, "plain_test_score")),
    "behind_wide": Rule("mean score minus the wide network's", COMPARED, partial(behind, "wide_test_score")),
    "plateau": Rule(
        metric="fall of the least test loss so far",
        thresholds={
            "percent": Threshold(1, "%", "less cannot be seen on the curve"),
            "window": Threshold(500, "steps", "half of the 1000 steps in which the small tasks are learned"),
        },
        find=plateau,
    ),
    "ahead_of_plain": Rule("mean score minus the plain network's", COMPARED, partial(ahead, "plain_test_score")),
    "ahead_of_wide": Rule("mean score minus the wide network's", COMPARED, partial(ahead, "wide_test_score")),
    "level_with_plain": Rule(
        metric="mean score minus the plain network's",
        thresholds=COMPARED,
        find=partial(level, "plain_test_score"),
        marked=False,
    ),
    "level_with_wide": Rule(
        metric="mean score minus the wide network's",
        thresholds=COMPARED,
        find=partial(level, "wide_test_score"),
        marked=False,
    ),
    "balanced": Rule(
        metric="max violation, and least load",
        thresholds={
            "limit": Threshold(0.25, "of the fair share", "the busiest of eight has 5 in 32 inputs instead of 4"),
            **WHO_IS_DEAD,
        },
        find=balanced,
    ),
    "undecided": Rule(
        metric="router entropy",
        thresholds={"share": Threshold(0.9, "of ln E", "of eight experts: as open as among 6.5 equal ones")},
        find=undecided,
        marked=False,
    ),
    "decided": Rule(
        metric="router entropy",
        thresholds={
            "share": Threshold(0.1, "of ln E", "of eight experts: about what one at 0.95 and another at 0.05 have")
        },
        find=decided,
        marked=False,
    ),
}
