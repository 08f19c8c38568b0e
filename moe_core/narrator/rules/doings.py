"""Rules about what a person has done to experts, and what follows from it without the router's doing."""

import numpy as np

from moe_core.narrator.rule import Finding, Values
from moe_core.narrator.story import Story
from moe_core.narrator.windows import stretch_starts


def killed(story: Story) -> Finding:
    """An expert was killed, and has not been revived."""
    return _done(story, story.killed)


def forced(story: Story) -> Finding:
    """Every token is sent to an expert."""
    return _done(story, story.forced)


def _done(story: Story, to_whom: np.ndarray | None) -> Finding:
    holds = np.zeros(story.load.shape, dtype=bool) if to_whom is None else to_whom & ~np.isnan(story.load)
    began = stretch_starts(holds)

    def describe(row: int, experts: np.ndarray) -> Values:
        # The command came after the row before.
        return {"since": int(story.steps[np.maximum(began[row, experts] - 1, 0)].max())}

    return Finding(holds, describe)
