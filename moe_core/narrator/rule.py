"""A rule: what it measures, the numbers it compares with, and how it is looked for.

A rule is looked for at every row at once, and at each row it reads only the rows up to there. So what is true now is
the last row of a finding, and what happened is where a finding becomes true.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from moe_core.narrator.story import Story

Values = Mapping[str, float | int | str]


@dataclass(frozen=True)
class Threshold:
    """A number that a rule compares with, its unit, and why it is this number."""

    value: float | int
    unit: str
    reason: str


@dataclass(frozen=True, eq=False)
class Finding:
    """holds: where the rule is true, bool (N,); or (N, E) for a rule about single experts.
    describe: the numbers for its sentence, given a row at which it holds and those experts of whom it holds there.
    """

    holds: np.ndarray
    describe: Callable[[int, np.ndarray], Values]


@dataclass(frozen=True)
class Rule:
    """metric: what is measured, in words. thresholds: by the name that the finder and the sentence know them by.
    find: the finder, called with a story and the thresholds' values. marked: whether its onset is an event of a run.
    """

    metric: str
    thresholds: Mapping[str, Threshold]
    find: Callable[..., Finding]
    marked: bool = True

    def look(self, story: Story) -> Finding:
        return self.find(story, **self.limits)

    @property
    def limits(self) -> dict[str, float | int]:
        """The thresholds' values by name."""
        return {name: threshold.value for name, threshold in self.thresholds.items()}
