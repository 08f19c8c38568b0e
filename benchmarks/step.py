"""What the generality of the trainer costs: the default 2-D step against a hand-written one, in CPU time."""

import statistics
import time
from collections.abc import Callable

import torch

from benchmarks.hand_written import hand_written_step
from benchmarks.row import Row, table
from moe_core.config import presets
from moe_core.trainer import Trainer

ROUNDS, STEPS = 15, 200


def measure() -> list[Row]:
    """Both on one thread, in turn, so that a slow moment of the machine falls on both; the median of the ratios."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    trainer = Trainer(presets.load("two-experts-each").config)
    hand_written = hand_written_step(trainer.task)
    for step in (trainer.step, hand_written):
        _milliseconds(step)
    pairs = [(_milliseconds(trainer.step), _milliseconds(hand_written)) for _ in range(ROUNDS)]
    torch.set_num_threads(threads)
    ours, theirs = (statistics.median(column) for column in zip(*pairs, strict=True))
    ratio = statistics.median(mine / his for mine, his in pairs)
    return [
        Row("default 2-D step, CPU time", ours, "ms"),
        Row("hand-written step, CPU time", theirs, "ms"),
        Row("default 2-D step / hand-written", ratio, "x", "<= 1.15", ratio <= 1.15),
    ]


def _milliseconds(step: Callable[[], object]) -> float:
    began = time.process_time()
    for _ in range(STEPS):
        step()
    return (time.process_time() - began) / STEPS * 1e3


if __name__ == "__main__":
    print(table(measure()))
