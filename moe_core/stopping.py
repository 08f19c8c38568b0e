"""When a run stops by itself: after a number of steps, or when its test loss gets no better."""

import numpy as np

from moe_core.config.training import TrainingConfig
from moe_core.history import History

WORTH_IT = 0.99
"""A test loss counts as better when it is under this part of the best one before."""


def reason_to_stop(step: int, training: TrainingConfig, history: History) -> str | None:
    """The sentence for a run that should stop at this very step, or None.

    Each reason holds at one step alone, so that a person who goes on is not stopped again at once.
    """
    if step and step == training.stop_after:
        return f"The run stopped after {step} steps, as it was set to."
    if training.plateau_steps and history.last_step == step and _plateau_begins(history, training.plateau_steps):
        return f"The run stopped on a plateau: for {training.plateau_steps} steps the test loss got no better."
    return None


def _plateau_begins(history: History, patience: int) -> bool:
    """Whether the last row is the first at which the test loss has not become better for `patience` steps."""
    steps, losses = history.column("step"), history.column("test_loss")
    before = np.minimum.accumulate(np.concatenate([[np.inf], losses[:-1]]))
    # A slow descent counts too: each loss is held against the last one that counted as better.
    better_at, best = steps[0], losses[0]
    for step, loss in zip(steps[before > losses], losses[before > losses], strict=True):
        if loss < WORTH_IT * best:
            better_at, best = step, loss
    return len(steps) > 1 and steps[-2] - better_at < patience <= steps[-1] - better_at
