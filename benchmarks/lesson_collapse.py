"""What the lesson of collapse prints of many seeds: how often, the loop in numbers, other data, and every cure."""

from collections.abc import Sequence
from statistics import mean, median

import numpy as np

from benchmarks.many_seeds import Numbers, at_step, span, spans, trained
from moe_core.config import RunConfig
from moe_core.config.lesson import Lesson, with_settings
from moe_core.measure import answers_of_each
from moe_core.spells import DEAD_BELOW, collapse_onset
from moe_core.trainer import Trainer

UNTIL, TREATED, WITHOUT, ON_DIGITS = 1000, 300, 500, 400
"""Steps: without a cure; with one; after the cure that worked is taken away again; on other data."""

CURED_FROM = 6.0
"""Effective experts, of eight, from which on a run counts as cured."""

ASKED, BETTER, AGAIN = 20, 100, 300
"""The loop is read at these steps: who is asked, how good it is by then, who is asked later."""

CURES = ("loss", "jitter", "revival", "both", "bias")
"""Tries of the lesson that are given to the patient."""


def of_seed(lesson: Lesson, seed: int) -> Numbers:
    """Everything about one seed: of both runs, of the loop in the left one, of other data, and of the patient."""
    left, right = (with_settings(config, {"seed": seed}) for config in lesson.configs)
    step = lesson.question.step
    patient = trained(Trainer(left), BETTER)
    alone = _alone(patient)
    trained(patient, UNTIL - BETTER)
    treated = {name: trained(_treated(patient, lesson, name), TREATED) for name in CURES}
    removed = trained(_treated(treated["loss"], lesson, "remove"), WITHOUT)
    return {
        "left": _at(patient, step),
        "right": _at(trained(Trainer(right), step), step),
        "onset": collapse_onset(patient.history.column("step"), patient.history.loads()),
        "loop": _loop(patient, alone),
        "digits": _on_digits(lesson.tries["digits"].configs[0], seed),
        "digits_balanced": _on_digits(lesson.tries["digits"].configs[1], seed),
        "digits_centred": _on_digits(lesson.tries["centred"].configs[0], seed),
        "cures": {name: _course(one) for name, one in treated.items()},
        "removed": removed.evaluate().effective_experts,
    }


def together(parts: Sequence[Numbers]) -> Numbers:
    """The numbers of all seeds, as the page prints them."""
    onsets = [part["onset"] for part in parts if part["onset"] is not None]
    removed = [part["removed"] for part in parts]
    runs = ("left", "right", "digits", "digits_balanced", "digits_centred")
    return {
        **{name: spans([part[name] for part in parts]) for name in runs},
        "onset": {"collapsed": len(onsets), "until": UNTIL, "low": min(onsets), "high": max(onsets)},
        "loop": {"asked_at": ASKED, "better_at": BETTER, "again_at": AGAIN}
        | {who: _means([part["loop"][who] for part in parts]) for who in ("busiest", "others")},
        "treated": TREATED,
        "on_digits": ON_DIGITS,
        "cures": {name: _cure([part["cures"][name] for part in parts]) for name in CURES},
        "removed": {"steps": WITHOUT, "relapsed": sum(one < CURED_FROM for one in removed), **span(removed)},
    }


def _on_digits(config: RunConfig, seed: int) -> Numbers:
    return _at(trained(Trainer(with_settings(config, {"seed": seed})), ON_DIGITS), ON_DIGITS)


def _at(trainer: Trainer, step: int) -> Numbers:
    """Effective experts and accuracy at a step."""
    return {name: at_step(trainer, step, name) for name in ("effective_experts", "test_score")}


def _alone(trainer: Trainer) -> np.ndarray:
    """The accuracy of each expert by itself, were it asked everything (E,)."""
    task = trainer.task
    right = task.objective.rightness(answers_of_each(trainer.model, task.test_inputs), task.test_targets)
    scores: np.ndarray = right.float().mean(1).numpy()
    return scores


def _loop(trainer: Trainer, alone: np.ndarray) -> dict[str, Numbers]:
    """The expert that is asked most early on, beside the mean of the others.

    asked: its load then. trained: its share of the inputs from then until `BETTER`. better: its accuracy by itself at
    that step, on the whole test split. again: its load later.
    """
    steps, loads = trainer.history.column("step"), trainer.history.loads()
    asked, again = (loads[np.searchsorted(steps, step)] for step in (ASKED, AGAIN))
    trained = loads[(steps >= ASKED) & (steps <= BETTER)].mean(0)
    order = np.argsort(asked)
    named = {"asked": asked, "trained": trained, "better": alone, "again": again}
    return {
        who: {name: float(values[experts].mean()) for name, values in named.items()}
        for who, experts in (("busiest", order[-1:]), ("others", order[:-1]))
    }


def _treated(patient: Trainer, lesson: Lesson, cure: str) -> Trainer:
    """The patient with a cure, as the button gives it."""
    treated = patient.fork()
    for name, value in lesson.given(cure, patient.config).items():
        if treated.config.settings()[name] != value:
            treated.do(name, value)
    load = treated.evaluate().load
    for expert in np.flatnonzero(load < DEAD_BELOW / len(load)) if lesson.tries[cure].revive else ():
        treated.do("revive_by_cloning", int(expert))
    return treated


def _course(treated: Trainer) -> Numbers:
    """After how many steps it is cured, if it is; the most effective experts on the way, and those at the end."""
    steps, experts = (treated.history.column(name) for name in ("step", "effective_experts"))
    since, experts = steps[steps > UNTIL] - UNTIL, experts[steps > UNTIL]
    cured = since[experts >= CURED_FROM]
    return {"cured": int(cured[0]) if len(cured) else None, "most": float(experts.max()), "end": float(experts[-1])}


def _cure(courses: list[Numbers]) -> Numbers:
    steps = [course["cured"] for course in courses if course["cured"] is not None]
    named = {name: span([course[name] for course in courses]) for name in ("most", "end")}
    return {"cured": len(steps), **named, **({"steps": float(median(steps))} if steps else {})}


def _means(values: list[Numbers]) -> Numbers:
    return {name: mean(value[name] for value in values) for name in values[0]}
