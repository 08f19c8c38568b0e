"""Rules about the mixture beside a plain network taught by the same batches: ahead, behind or level.

Both scores are means over a window, and the gap is the mixture's minus the rival's. Exactly one of the three holds
wherever both means are known.
"""

import numpy as np

from moe_core.narrator.rule import Finding, Values
from moe_core.narrator.story import Story
from moe_core.narrator.windows import mean_over, span


def ahead(rival: str, story: Story, margin: float, window: int) -> Finding:
    """Gap of at least the margin."""
    return _finding(rival, story, window, _gap(rival, story, window) >= margin)


def behind(rival: str, story: Story, margin: float, window: int) -> Finding:
    """Gap of at least the margin, the other way."""
    return _finding(rival, story, window, _gap(rival, story, window) <= -margin)


def level(rival: str, story: Story, margin: float, window: int) -> Finding:
    """Gap under the margin either way."""
    return _finding(rival, story, window, np.abs(_gap(rival, story, window)) < margin)


def _rates(story: Story) -> Values:
    """Who moves at another rate is no equal rival: that is said."""
    if story.rates is None or story.rates[0] == story.rates[1]:
        return {"rates": "rates_alike"}
    rate, rival_rate = story.rates
    return {"rates": "rates_apart", "rate": rate, "rival_rate": rival_rate}


def _mean_score(name: str, story: Story, window: int) -> np.ndarray:
    return mean_over(story.steps, story.curve(name), window)


def _gap(rival: str, story: Story, window: int) -> np.ndarray:
    return _mean_score("test_score", story, window) - _mean_score(rival, story, window)


def _finding(rival: str, story: Story, window: int, holds: np.ndarray) -> Finding:
    def describe(row: int, _: np.ndarray) -> Values:
        return {
            "score_name": story.score_name,
            "score": float(_mean_score("test_score", story, window)[row]),
            "rival": float(_mean_score(rival, story, window)[row]),
            "gap": float(abs(_gap(rival, story, window)[row])),
            "span": span(story.steps, window, row),
            **_rates(story),
        }

    return Finding(holds, describe)
