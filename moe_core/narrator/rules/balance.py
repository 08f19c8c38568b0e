"""The rule about how the whole load is spread."""

import numpy as np

from moe_core.narrator.rule import Finding, Values
from moe_core.narrator.story import Story
from moe_core.narrator.windows import stretch_lengths

EQUAL_WITHIN = 1e-6
"""Loads closer than this are equal but for the rounding of float32."""


def balanced(story: Story, limit: float, share: float, patience: int) -> Finding:
    """Max violation, max load / (1/E) - 1, under a limit for some time, with nobody nearly idle.

    Max violation alone calls seven equal experts and an idle eighth balanced: 8/7 - 1 = 0.14. Where all loads were
    equal at every row so far, balance is no news and is not found: there is one expert, or the router is dense, or it
    fills its experts equally by definition.
    """
    most, least = np.fmax.reduce(story.load, axis=1), np.fmin.reduce(story.load, axis=1)
    violation = most * story.existing - 1
    could_differ = np.logical_or.accumulate(most - least > EQUAL_WITHIN)
    even = could_differ & (story.existing > 1) & (violation < limit) & (least * story.existing >= share)
    lasted = stretch_lengths(story.steps, even)

    def describe(row: int, _: np.ndarray) -> Values:
        return {"violation": float(violation[row]), "lasted": int(lasted[row])}

    return Finding(lasted >= patience, describe)
