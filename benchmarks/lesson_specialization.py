"""What the lesson of specialization prints of many seeds: how much better experts are on their own inputs, whether they
agree with the parts of the data, who suffers without one, and which digits share an expert."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from benchmarks.many_seeds import Numbers, span, trained
from moe_core.config import RunConfig
from moe_core.config.lesson import Lesson, with_settings
from moe_core.questions import LabelKind, who_suffers
from moe_core.trainer import Trainer

UNTIL, ON_DIGITS = 1000, 500
"""Steps, on the discs and on the digits."""

MOST_PAIRS = 3
"""Pairs of digits that are printed."""


def of_seed(lesson: Lesson, seed: int) -> Numbers:
    """The lesson's run, the same with two experts asked, and the digits."""
    two = with_settings(lesson.config, lesson.tries["two"].settings)
    return {
        "discs": _run(lesson.config, seed, UNTIL, "cluster"),
        "two": _run(two, seed, UNTIL, "cluster"),
        "digits": _run(lesson.tries["digits"].configs[0], seed, ON_DIGITS, "class"),
    }


def together(parts: Sequence[Numbers]) -> Numbers:
    """The numbers of all seeds, as the page prints them."""
    found: Numbers = {"until": UNTIL, "on_digits": ON_DIGITS}
    for run in ("discs", "two", "digits"):
        runs = [part[run] for part in parts]
        names = [name for name in runs[0] if name != "shared"]
        found[run] = {name: span([one[name] for one in runs]) for name in names}
    pairs = Counter(pair for part in parts for pair in part["digits"]["shared"])
    found["pairs"] = [{"digits": list(pair), "seeds": count} for pair, count in pairs.most_common(MOST_PAIRS)]
    found["pairs_that_ever_share"] = len(pairs)
    return found


def _run(config: RunConfig, seed: int, num_steps: int, kind: LabelKind) -> Numbers:
    """One run, untrained and trained. kind: of the labels that its experts are held against.

    suffers: how far the accuracy falls on the label that misses an expert most, on average over the experts.
    spared: the same on all other labels.
    """
    trainer = Trainer(with_settings(config, {"seed": seed}))
    first = trainer.measure()
    last = trained(trainer, num_steps).measure()
    falls = who_suffers(trainer)[kind]
    most = falls.amax(1)
    return {
        "own_before": first["own_minus_others"],
        "own": last["own_minus_others"],
        "nmi_before": first[f"expert_{kind}_nmi"],
        "nmi": last[f"expert_{kind}_nmi"],
        "purity": last[f"expert_{kind}_purity"],
        "score": last["test_score"],
        "effective_experts": last["effective_experts"],
        "suffers": float(most.mean()),
        "spared": float((falls.sum(1) - most).mean() / (falls.shape[1] - 1)),
        "shared": _shared(trainer) if kind == "class" else [],
    }


def _shared(trainer: Trainer) -> list[tuple[int, int]]:
    """Pairs of classes that are mostly sent to the same expert."""
    counts = trainer.evaluate().expert_class
    assert counts is not None
    home = counts.argmax(0)
    return [(one, other) for one, other in combinations(range(len(home)), 2) if home[one] == home[other]]
