"""What each router costs: a training step at the Playground's size, against the same step with top-k."""

import statistics
import time

import torch

from benchmarks.row import Row, table
from moe_core.config import TABLE, ConfigError, RunConfig
from moe_core.trainer import Trainer

ROUNDS, STEPS = 7, 60
CONTROL = "top_k"


def measure() -> list[Row]:
    """On one thread, in turn, so that a slow moment of the machine falls on all; medians of the ratios, CPU time."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    trainers = {name: Trainer(_config(name)) for name in TABLE["router"].choices}
    for trainer in trainers.values():
        _milliseconds(trainer)
    rounds = [{name: _milliseconds(trainer) for name, trainer in trainers.items()} for _ in range(ROUNDS)]
    torch.set_num_threads(threads)
    control = statistics.median(taken[CONTROL] for taken in rounds)
    rows = [Row(f"step with {CONTROL}, CPU time", control, "ms")]
    for name in trainers:
        if name != CONTROL:
            ratio = statistics.median(taken[name] / taken[CONTROL] for taken in rounds)
            rows.append(Row(f"step with {name} / with {CONTROL}", ratio, "x", "<= 2", ratio <= 2))
    return rows


def _config(router: str) -> RunConfig:
    """The default run with another router, without a balancer where that makes no sense."""
    settings: dict[str, object] = {"router": router}
    try:
        return RunConfig.from_settings(settings)
    except ConfigError:
        return RunConfig.from_settings(settings | {"balancer": "none"})


def _milliseconds(trainer: Trainer) -> float:
    began = time.process_time()
    for _ in range(STEPS):
        trainer.step()
    return (time.process_time() - began) / STEPS * 1e3


if __name__ == "__main__":
    print(table(measure()))
