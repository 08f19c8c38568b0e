"""Rules about how sure the router is, by its entropy: 0 for one certain expert, ln E where all are equally likely."""

import numpy as np

from moe_core.narrator.rule import Finding, Values
from moe_core.narrator.story import Story


def undecided(story: Story, share: float) -> Finding:
    """Router entropy over a part of ln E."""
    entropy, most = story.curve("router_entropy"), _most(story)
    return _finding(story, entropy > share * most)


def decided(story: Story, share: float) -> Finding:
    """Router entropy under a part of ln E."""
    entropy, most = story.curve("router_entropy"), _most(story)
    return _finding(story, entropy < share * most)


def _most(story: Story) -> np.ndarray:
    """ln E at each row (N,); NaN with fewer than two experts, who leave nothing to decide."""
    return np.log(np.where(story.existing > 1, story.existing, np.nan))


def _finding(story: Story, holds: np.ndarray) -> Finding:
    def describe(row: int, _: np.ndarray) -> Values:
        num_experts = int(story.existing[row])
        entropy = float(story.curve("router_entropy")[row])
        return {"entropy": entropy, "num_experts": num_experts, "most": float(np.log(num_experts))}

    return Finding(holds, describe)
