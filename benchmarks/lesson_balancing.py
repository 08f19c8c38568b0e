"""What the lesson of load balancing prints of many seeds: each coefficient, the same one late, and the pair."""

from collections.abc import Sequence
from statistics import median

import numpy as np

from benchmarks.many_seeds import Numbers, span, spans, trained
from moe_core.config.lesson import Lesson, Try, with_settings
from moe_core.questions import pulls
from moe_core.trainer import Trainer

TREATED = 500
"""Steps after a coefficient is given late."""

EARLY = 100
"""How far a load has come is read after so many steps."""

SPREAD_FROM = 6.0
"""Effective experts, of eight, from which on a load counts as spread."""


def of_seed(lesson: Lesson, seed: int) -> Numbers:
    """Everything about one seed: the four runs, the same coefficient early and late, and the pair."""
    steps = lesson.settings["stop_after"]
    runs = [trained(Trainer(with_settings(config, {"seed": seed})), steps) for config in lesson.configs]
    pair = [trained(Trainer(with_settings(config, {"seed": seed})), steps) for config in lesson.tries["pair"].configs]
    alone, beside = lesson.tries["prevented"].configs
    assert alone == lesson.config, "the patient is the first of the four"
    return {
        "members": [_pulled(run) for run in runs],
        "pair": dict(zip(("renormalised", "switch"), map(_measured, pair), strict=True)),
        "prevented": _course(trained(Trainer(with_settings(beside, {"seed": seed})), steps), 0),
        **{
            name: _course(trained(_treated(runs[0], lesson.tries[name]), TREATED), steps)
            for name in ("late", "stronger")
        },
    }


def together(parts: Sequence[Numbers]) -> Numbers:
    """The numbers of all seeds, as the page prints them."""
    return {
        "members": [spans([part["members"][member] for part in parts]) for member in range(len(parts[0]["members"]))],
        "pair": {name: spans([part["pair"][name] for part in parts]) for name in parts[0]["pair"]},
        "apart": span([part["pair"]["switch"]["nmi"] - part["pair"]["renormalised"]["nmi"] for part in parts]),
        "treated": {name: _courses([part[name] for part in parts]) for name in ("prevented", "late", "stronger")},
    }


def _measured(trainer: Trainer) -> Numbers:
    """A run as it is now. Agreement beside that of the untrained router, which agrees by chance too."""
    metrics = trainer.measure()
    return {
        "experts": metrics["effective_experts"],
        "score": metrics["test_score"],
        "nmi": metrics["expert_class_nmi"],
        "untrained_nmi": trainer.initial_metrics["expert_class_nmi"],
        "own_minus_others": metrics["own_minus_others"],
    }


def _pulled(trainer: Trainer) -> Numbers:
    """The same, and how task and balance loss pull at the router: see moe_core.metrics.tug_of_war.

    left: the length of what is left of both pulls, over their own lengths.
    """
    tug = pulls(trainer)
    lengths = tug.task.norm(dim=1).sum() + tug.balance.norm(dim=1).sum()
    left = float((tug.task + tug.balance).norm(dim=1).sum() / lengths)
    return _measured(trainer) | {"cosine": median(tug.cosine.tolist()), "left": left}


def _treated(patient: Trainer, variation: Try) -> Trainer:
    """The patient with other settings, as the button gives them."""
    treated = patient.fork()
    for setting, value in variation.settings.items():
        treated.do(setting, value)
    return treated


def _course(trainer: Trainer, since: int) -> Numbers:
    """After how many steps the load was spread, if it ever was, and how far it had come early on and at the end."""
    steps, experts = (trainer.history.column(name) for name in ("step", "effective_experts"))
    spread = steps[(steps > since) & (experts >= SPREAD_FROM)] - since
    return {
        "steps": int(spread[0]) if len(spread) else None,
        "early": float(experts[np.searchsorted(steps, since + EARLY)]),
        "end": float(experts[-1]),
        "score": trainer.evaluate().test_score,
    }


def _courses(runs: Sequence[Numbers]) -> Numbers:
    """How many loads were ever spread, after how many steps, and how far all had come."""
    steps = [float(run["steps"]) for run in runs if run["steps"] is not None]
    found = {name: span([run[name] for run in runs]) for name in ("early", "end", "score")}
    return {"spread": len(steps), "early_at": EARLY, **found, **({"steps": span(steps)} if steps else {})}
