"""Measure what a lesson says of many seeds: `python -m benchmarks.lesson collapse` writes assets/lessons/measured.

What every lesson asks is measured here. What else a lesson prints is measured in a file of its own, beside this one.
"""

import argparse
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from typing import Any

import tomli_w
import torch

from benchmarks import lesson_balancing, lesson_collapse, lesson_home, lesson_specialization
from benchmarks.many_seeds import at_step, trained
from moe_core.config.lesson import NAMES, OPENING, Lesson, Measured, load, measured_path, with_settings
from moe_core.trainer import Trainer

SEEDS = range(20)

DIGITS = 4
"""Significant digits that are kept: no page prints more."""


@dataclass(frozen=True)
class Further:
    """What else a lesson prints. of_seed: what one seed gives. together: the numbers of all seeds."""

    of_seed: Callable[[Lesson, int], Any]
    together: Callable[[Sequence[Any]], dict[str, Any]]


FURTHER = {
    "home": Further(lesson_home.of_seed, lesson_home.together),
    "specialization": Further(lesson_specialization.of_seed, lesson_specialization.together),
    "collapse": Further(lesson_collapse.of_seed, lesson_collapse.together),
    "balancing": Further(lesson_balancing.of_seed, lesson_balancing.together),
}
"""By the lesson's name."""


def measure(name: str, seeds: Sequence[int], processes: int) -> Measured:
    """All that is printed of a lesson."""
    with ProcessPoolExecutor(processes) as pool:
        answers, parts = zip(*pool.map(partial(_of_seed, name), seeds), strict=True)
    more = FURTHER[name].together(parts) if name in FURTHER else {}
    return Measured.model_validate(
        rounded({"seeds": len(seeds), "low": min(answers), "high": max(answers), "more": more})
    )


def _of_seed(name: str, seed: int) -> tuple[float, Any]:
    torch.set_num_threads(1)
    lesson = load(name)
    return answer(lesson, seed), FURTHER[name].of_seed(lesson, seed) if name in FURTHER else None


def answer(lesson: Lesson, seed: int) -> float:
    """What the lesson's question asks, of the run of this seed."""
    question = lesson.question
    run = trained(Trainer(with_settings(lesson.configs[question.member], {"seed": seed})), question.step)
    if question.metric is not None:
        return run.measure()[question.metric]
    assert question.column is not None
    return at_step(run, question.step, question.column)


def rounded(value: Any) -> Any:
    """Numbers with the digits that are kept, wherever they stand."""
    if isinstance(value, dict):
        return {name: rounded(part) for name, part in value.items()}
    if isinstance(value, list):
        return [rounded(part) for part in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Measure what a lesson says of many seeds, and keep it.")
    parser.add_argument("lesson", choices=[*NAMES, OPENING])
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args()
    content = tomli_w.dumps(measure(options.lesson, SEEDS, options.processes).model_dump())
    path = measured_path(options.lesson)
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"# Written by: python -m benchmarks.lesson {options.lesson}\n\n{content}", encoding="utf-8")
