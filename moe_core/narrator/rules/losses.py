"""Rules about the loss: it does not improve, it jumped, or it rises on unseen data and falls on seen data."""

import numpy as np

from moe_core.narrator.rule import Finding, Values
from moe_core.narrator.story import Story
from moe_core.narrator.windows import mean_over, minimum_over, span, sum_over, value_back


def plateau(story: Story, percent: float, window: int) -> Finding:
    """The least test loss so far is less than some percent under what it was a window ago."""
    steps, loss = story.steps, story.curve("test_loss")
    best = np.fmin.accumulate(loss)
    before = value_back(steps, best, window)
    known = ~np.isnan(sum_over(steps, loss, window))

    def describe(row: int, _: np.ndarray) -> Values:
        return {"best": float(best[row]), "before": float(before[row]), "span": span(steps, window, row)}

    return Finding(known & (best > before * (1 - percent / 100)), describe)


def jumped(story: Story, factor: float, window: int) -> Finding:
    """Test loss over a multiple of its least in a window."""
    steps, loss = story.steps, story.curve("test_loss")
    least = minimum_over(steps, loss, window)

    def describe(row: int, _: np.ndarray) -> Values:
        return {"loss": float(loss[row]), "least": float(least[row]), "span": span(steps, window, row)}

    return Finding(loss > factor * least, describe)


def overfitting(story: Story, percent: float, window: int, averaged: int) -> Finding:
    """Train loss falls and test loss rises over a window, each by at least some percent, and test loss is the higher.

    The train loss is of single batches, so both ends of the window are means over part of it.
    """
    steps = story.steps
    train, test = (mean_over(steps, story.curve(name), averaged) for name in ("train_loss", "test_loss"))
    train_before, test_before = (value_back(steps, mean, window - averaged) for mean in (train, test))
    falls = train <= train_before * (1 - percent / 100)
    rises = test >= test_before * (1 + percent / 100)

    def describe(row: int, _: np.ndarray) -> Values:
        return {
            "train_before": float(train_before[row]),
            "train": float(train[row]),
            "test_before": float(test_before[row]),
            "test": float(test[row]),
        }

    return Finding(falls & rises & (test > train), describe)
