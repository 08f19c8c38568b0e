"""What the lesson of collapse prints of many seeds: how often, the loop in numbers, other data, and every cure."""

from collections.abc import Callable
from statistics import mean, median
from typing import Any

import numpy as np

from moe_core.config import RunConfig, presets
from moe_core.config.lesson import Lesson, Try
from moe_core.spells import DEAD_BELOW, collapse_onset
from moe_core.trainer import Trainer

UNTIL = 1000
"""Steps without a cure. The patient is then treated."""

TREATED = 400
"""Steps after a cure is given."""

WITHOUT = 1000
"""Steps after the cure that worked is taken away again."""

CURED_FROM = 6.0
"""Effective experts, of eight, from which on a run counts as cured."""

ON_DIGITS = 400

CHOSEN, BETTER, AGAIN = 20, 100, 300
"""The loop, read at these steps: who is asked most at the first, how good it is at the second, who is asked at the
third."""

CURES = ("loss", "jitter", "revival", "both", "bias")
"""Tries of the lesson that are given to the patient."""


def measure(lesson: Lesson, seeds: range) -> dict[str, Any]:
    """All further numbers of the lesson, by what they are about."""
    alone, balanced = ([_trained(config, seed, UNTIL) for seed in seeds] for config in lesson.configs)
    steps = lesson.question.step
    return {
        "left": _at(alone, steps),
        "right": _at(balanced, steps),
        "onset": _onsets(alone),
        "loop": _loop(lesson, seeds, alone),
        "digits": {name: _digits(lesson.tries[name], seeds) for name in ("digits", "centred")},
        "cures": {name: _cure(lesson.tries[name], alone) for name in CURES},
        "removed": _relapse(lesson, alone),
    }


def _trained(config: RunConfig, seed: int, num_steps: int) -> Trainer:
    return _on(Trainer(_with(config, {"seed": seed})), num_steps)


def _on(trainer: Trainer, num_steps: int) -> Trainer:
    for _ in range(num_steps):
        trainer.step()
    return trainer


def _with(config: RunConfig, settings: dict[str, Any]) -> RunConfig:
    merged, problems = config.merge(settings)
    assert not problems, problems
    return merged


def _column(trainer: Trainer, name: str, step: int) -> float:
    history = trainer.history
    return float(history.column(name)[np.searchsorted(history.column("step"), step)])


def _at(trainers: list[Trainer], step: int) -> dict[str, Any]:
    """Effective experts and accuracy of many runs at a step."""
    experts, scores = ([_column(one, name, step) for one in trainers] for name in ("effective_experts", "test_score"))
    return {"step": step, **_span("experts", experts), **_span("score", scores)}


def _span(name: str, values: list[float]) -> dict[str, float]:
    return {f"{name}_low": min(values), f"{name}_mean": mean(values), f"{name}_high": max(values)}


def _onsets(trainers: list[Trainer]) -> dict[str, Any]:
    """How many collapsed by the rule of moe_core/spells.py, and since when."""
    curves = [(one.history.column("step"), one.history.loads()) for one in trainers]
    onsets = [onset for steps, loads in curves if (onset := collapse_onset(steps, loads)) is not None]
    return {"collapsed": len(onsets), "until": UNTIL, "low": min(onsets), "median": median(onsets), "high": max(onsets)}


def _loop(lesson: Lesson, seeds: range, trainers: list[Trainer]) -> dict[str, Any]:
    """The expert that is asked most early on, beside the mean of the seven others.

    asked: its load then. trained: the share of the inputs it learned from, until `better`. better: its accuracy by
    itself, on the whole test split. again: its load later.
    """
    rows: dict[str, list[list[float]]] = {"busiest": [], "others": []}
    for seed, trainer in zip(seeds, trainers, strict=True):
        steps, loads = trainer.history.column("step"), trainer.history.loads()
        asked, again = (loads[np.searchsorted(steps, step)] for step in (CHOSEN, AGAIN))
        trained = loads[(steps > CHOSEN) & (steps <= BETTER)].mean(0)
        better = _alone(_trained(lesson.config, seed, BETTER))
        order = np.argsort(asked)
        for name, experts in (("busiest", order[-1:]), ("others", order[:-1])):
            rows[name].append([float(values[experts].mean()) for values in (asked, trained, better, again)])
    table = {
        name: dict(zip(("asked", "trained", "better", "again"), np.mean(rows[name], 0).tolist(), strict=True))
        for name in rows
    }
    return {"asked_at": CHOSEN, "better_at": BETTER, "again_at": AGAIN, **table}


def _alone(trainer: Trainer) -> np.ndarray:
    """The accuracy of each expert by itself, were it asked everything (E,)."""
    from moe_core.measure import answers_of_each

    task = trainer.task
    right = task.objective.rightness(answers_of_each(trainer.model, task.test_inputs), task.test_targets)
    scores: np.ndarray = right.float().mean(1).numpy()
    return scores


def _digits(variation: Try, seeds: range) -> dict[str, Any]:
    """Both members of a variation on other data."""
    assert variation.preset is not None
    config = _with(presets.load(variation.preset).config, variation.settings)
    (other,) = variation.members
    return {
        side: _at([_trained(one, seed, ON_DIGITS) for seed in seeds], ON_DIGITS)
        for side, one in (("left", config), ("right", _with(config, other)))
    }


def _treat(patient: Trainer, variation: Try) -> Trainer:
    """The patient goes on with a cure, as the button gives it."""
    treated = patient.fork()
    for name, value in variation.settings.items():
        treated.do(name, value)
    if variation.revive:
        load = treated.evaluate().load
        for expert in np.flatnonzero(load < DEAD_BELOW / len(load)):
            treated.do("revive_by_cloning", int(expert))
    return treated


def _cure(variation: Try, patients: list[Trainer]) -> dict[str, Any]:
    """How many are cured, after how many steps in the median of those, and the effective experts at the end."""
    treated = [_on(_treat(patient, variation), TREATED) for patient in patients]
    cured = [_first(one, lambda experts: experts >= CURED_FROM) for one in treated]
    steps = [step - UNTIL for step in cured if step is not None]
    most = [float(_since(one)[1].max()) for one in treated]
    ends = [one.evaluate().effective_experts for one in treated]
    found = {"cured": len(steps), **_span("most", most), **_span("end", ends)}
    return found | ({"steps": median(steps)} if steps else {})


def _since(trainer: Trainer) -> tuple[np.ndarray, np.ndarray]:
    """Steps and effective experts since the treatment began."""
    steps, experts = (trainer.history.column(name) for name in ("step", "effective_experts"))
    return steps[steps > UNTIL], experts[steps > UNTIL]


def _first(trainer: Trainer, holds: Callable[[np.ndarray], np.ndarray]) -> int | None:
    steps, experts = _since(trainer)
    rows = np.flatnonzero(holds(experts))
    return int(steps[rows[0]]) if len(rows) else None


def _relapse(lesson: Lesson, patients: list[Trainer]) -> dict[str, Any]:
    """Those that the balance loss cured, with it taken away again."""
    treated = [_on(_treat(patient, lesson.tries["loss"]), TREATED) for patient in patients]
    ends = [_on(_treat(one, lesson.tries["remove"]), WITHOUT).evaluate().effective_experts for one in treated]
    return {"steps": WITHOUT, **_span("end", ends), "relapsed": sum(end < CURED_FROM for end in ends)}
