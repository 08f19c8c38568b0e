"""What each lesson's measurement over many seeds is made of: runs trained on, and the span of what came out."""

from collections.abc import Sequence
from statistics import mean
from typing import Any

from moe_core.trainer import Trainer

Numbers = dict[str, Any]


def trained(trainer: Trainer, num_steps: int) -> Trainer:
    """The same run, so many steps later."""
    for _ in range(num_steps):
        trainer.step()
    return trainer


def span(values: Sequence[float]) -> Numbers:
    """The lowest, the mean and the highest."""
    return {"low": min(values), "mean": mean(values), "high": max(values)}


def spans(values: Sequence[Numbers]) -> Numbers:
    """The span of each number that all of them have."""
    return {name: span([value[name] for value in values]) for name in values[0]}
