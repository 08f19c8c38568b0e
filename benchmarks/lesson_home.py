"""What is said of many seeds of the run that Home opens with: the mixture beside a plain network of the same work."""

from collections.abc import Sequence

from benchmarks.many_seeds import Numbers, at_step, spans, trained
from moe_core.config.lesson import Lesson, with_settings
from moe_core.trainer import Trainer


def of_seed(lesson: Lesson, seed: int) -> Numbers:
    """Both accuracies at the step that is asked about."""
    step = lesson.question.step
    run = trained(Trainer(with_settings(lesson.config, {"seed": seed})), step)
    scores = {"mixture": "test_score", "plain": "plain_test_score"}
    return {name: at_step(run, step, column) for name, column in scores.items()}


def together(parts: Sequence[Numbers]) -> Numbers:
    """Their spans, and on how many seeds the mixture was ahead."""
    return {**spans(parts), "ahead": sum(part["mixture"] > part["plain"] for part in parts)}
