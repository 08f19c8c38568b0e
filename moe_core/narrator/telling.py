"""Reading a story: what is true at its last row, and what happened on the way there."""

import numpy as np

from moe_core.narrator.remark import Remark
from moe_core.narrator.rule import Finding
from moe_core.narrator.rules import RULES
from moe_core.narrator.story import Story
from moe_core.narrator.windows import stretch_starts

REST = 100
"""An event is marked anew only if its rule did not hold for this many steps before: a curve that trembles on a
threshold is one event. Two means over 100 steps then share no row."""


def narrate(story: Story) -> list[Remark]:
    """What is true now, at the last row: at most one remark a rule, what matters most first."""
    if len(story.steps) == 0:
        return []
    findings = {name: rule.look(story) for name, rule in RULES.items()}
    return [
        _remark(name, story, finding, finding.holds, row=len(story.steps) - 1)
        for name, finding in findings.items()
        if finding.holds[-1].any()
    ]


def events(story: Story) -> list[Remark]:
    """What became true in the whole run, in order of step, each with the numbers of its step.

    What is true at the first row did not happen in this run, and is no event.
    """
    if len(story.steps) == 0:
        return []
    remarks = []
    for name, rule in RULES.items():
        if rule.marked:
            finding = rule.look(story)
            onsets = _onsets(story.steps, finding.holds)
            for row in np.flatnonzero(onsets.reshape(len(onsets), -1).any(1)):
                remarks.append(_remark(name, story, finding, onsets, int(row)))
    return sorted(remarks, key=lambda remark: remark.step)


def _onsets(steps: np.ndarray, holds: np.ndarray) -> np.ndarray:
    """Where something becomes true that did not hold for REST steps, bool like `holds` (N,) or (N, E)."""
    now = steps.reshape(-1, *[1] * (holds.ndim - 1))
    last_held = np.maximum.accumulate(np.where(holds, now, -np.inf), axis=0)
    onsets = np.zeros_like(holds)
    onsets[1:] = holds[1:] & ~holds[:-1] & (now[1:] - last_held[:-1] > REST)
    return onsets


def _remark(name: str, story: Story, finding: Finding, of_whom: np.ndarray, row: int) -> Remark:
    """The remark of a rule at a row; `of_whom`, shaped like what holds, marks the experts it is to name there."""
    experts = np.flatnonzero(of_whom[row]) if of_whom.ndim == 2 else np.empty(0, dtype=int)
    began = stretch_starts(finding.holds)[row]
    return Remark(
        rule=name,
        step=int(story.steps[began[experts].max() if len(experts) else began]),
        experts=tuple(experts.tolist()),
        values={**finding.describe(row, experts), **RULES[name].limits},
        urgency=len(RULES) - list(RULES).index(name),
    )
