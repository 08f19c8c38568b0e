"""What the lesson of specialization prints of many seeds: how much better experts are on their own inputs, whether they
agree with the parts of the data, what is left of it without balancing, who suffers without an expert, and which digits
share one."""

from collections import Counter
from collections.abc import Sequence
from itertools import combinations

from benchmarks.many_seeds import Numbers, spans, trained
from moe_core.config import RunConfig
from moe_core.config.lesson import Lesson, with_settings
from moe_core.questions import LabelKind, who_suffers
from moe_core.trainer import Trainer

UNTIL, ALONE, ON_DIGITS = 1000, 500, 500
"""Steps: on the discs; after the balance loss is then taken away; on the digits."""

MOST_PAIRS = 3
"""Pairs of digits that are printed."""


def of_seed(lesson: Lesson, seed: int) -> Numbers:
    """The lesson's run, the same with nothing that balances from then on or with two experts asked, and the digits."""
    first, second = lesson.tries["two"].configs
    assert first == lesson.config, "the run with one expert asked is the lesson's own"
    (digits,) = lesson.tries["digits"].configs
    discs, two = (_trained(config, seed, UNTIL) for config in (first, second))
    on_digits = _trained(digits, seed, ON_DIGITS)
    return {
        "discs": _measured(discs, "cluster"),
        "alone": _alone(discs, lesson),
        "two": _measured(two, "cluster"),
        "digits": _measured(on_digits, "class"),
        "shared": _shared(on_digits),
    }


def together(parts: Sequence[Numbers]) -> Numbers:
    """The numbers of all seeds, as the page prints them."""
    pairs = Counter(pair for part in parts for pair in part["shared"])
    return {
        "until": UNTIL,
        "alone_for": ALONE,
        "on_digits": ON_DIGITS,
        **{run: spans([part[run] for part in parts]) for run in ("discs", "alone", "two", "digits")},
        "pairs": [{"digits": list(pair), "seeds": count} for pair, count in pairs.most_common(MOST_PAIRS)],
        "pairs_that_ever_share": len(pairs),
    }


def _trained(config: RunConfig, seed: int, num_steps: int) -> Trainer:
    return trained(Trainer(with_settings(config, {"seed": seed})), num_steps)


def _measured(trainer: Trainer, kind: LabelKind) -> Numbers:
    """One run, untrained and as it is now. kind: of the labels that its experts are held against.

    suffers: how far the accuracy falls on the label that misses an expert most, on average over the experts.
    spared: the same on all other labels.
    """
    first, last = trainer.initial_metrics, trainer.measure()
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
    }


def _alone(discs: Trainer, lesson: Lesson) -> Numbers:
    """What the trained run comes to once the balance loss is taken away, as the button does it."""
    alone = discs.fork()
    for setting, value in lesson.tries["alone"].settings.items():
        alone.do(setting, value)
    return _measured(trained(alone, ALONE), "cluster")


def _shared(trainer: Trainer) -> list[tuple[int, int]]:
    """Pairs of classes that are mostly sent to the same expert."""
    counts = trainer.evaluate().expert_class
    assert counts is not None
    home = counts.argmax(0)
    return [(one, other) for one, other in combinations(range(len(home)), 2) if home[one] == home[other]]
