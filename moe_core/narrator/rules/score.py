"""Rules about the score of the mixture alone: no better than guessing, or good while the mixture has collapsed."""

import numpy as np

from moe_core.narrator.rule import Finding, Values
from moe_core.narrator.rules.experts import collapse
from moe_core.narrator.story import Story
from moe_core.narrator.windows import mean_over, span


def guessing(story: Story, margin: float, window: int) -> Finding:
    """Mean score over a window not over chance by at least a margin."""
    if story.chance is None:
        return Finding(np.zeros(len(story.steps), dtype=bool), lambda row, experts: {})
    chance = story.chance
    score = mean_over(story.steps, story.curve("test_score"), window)

    def describe(row: int, _: np.ndarray) -> Values:
        return {
            "score_name": story.score_name,
            "score": float(score[row]),
            "chance": chance,
            "span": span(story.steps, window, row),
        }

    return Finding(score - chance < margin, describe)


def hidden_collapse(story: Story, margin: float, half: float, share: float, patience: int) -> Finding:
    """Collapsed, with the score less than a margin under its best so far.

    A score that is no better than guessing, by the same margin, hides nothing: the mixture never learned.
    """
    score = story.curve("test_score")
    best = np.fmax.accumulate(score)
    chance = -np.inf if story.chance is None else story.chance
    found = collapse(story, half, share, patience)

    def describe(row: int, experts: np.ndarray) -> Values:
        numbers: Values = {"score_name": story.score_name, "score": float(score[row]), "best": float(best[row])}
        return {**found.describe(row, experts), **numbers}

    return Finding(found.holds & (best - score < margin) & (score - chance >= margin), describe)
