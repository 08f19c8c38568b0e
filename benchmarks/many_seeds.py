"""What each lesson's measurement over many seeds is made of: runs with settings changed, trained on; and their span."""

from collections.abc import Mapping, Sequence
from statistics import mean
from typing import Any

from moe_core.config import RunConfig
from moe_core.trainer import Trainer

Numbers = dict[str, Any]


def with_settings(config: RunConfig, settings: Mapping[str, object]) -> RunConfig:
    """A configuration with some settings changed, none of which may be refused."""
    merged, problems = config.merge(settings)
    assert not problems, problems
    return merged


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
