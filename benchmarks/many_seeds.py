"""What each lesson's measurement over many seeds is made of: runs trained on, and the span of what came out."""

from collections.abc import Sequence
from statistics import mean
from typing import Any

import numpy as np

from moe_core.trainer import Trainer

Numbers = dict[str, Any]


def trained(trainer: Trainer, num_steps: int) -> Trainer:
    """The same run, so many steps later."""
    for _ in range(num_steps):
        trainer.step()
    return trainer


def at_step(trainer: Trainer, step: int, column: str) -> float:
    """What a column of the curves has at a step, or at the next that was written down."""
    history = trainer.history
    return float(history.column(column)[np.searchsorted(history.column("step"), step)])


def span(values: Sequence[float]) -> Numbers:
    """The lowest, the mean and the highest."""
    return {"low": min(values), "mean": mean(values), "high": max(values)}


def spans(values: Sequence[Numbers]) -> Numbers:
    """The span of each number that all of them have."""
    return {name: span([value[name] for value in values]) for name in values[0]}
