"""Runs to be exported, and what their trainers say of the test split."""

from collections.abc import Sequence
from typing import Any

from moe_core.config import LIVE_FIELDS
from moe_core.config.command import Command
from moe_core.trainer import Trainer
from tests.moe_core.cases import every_choice, meaningful, small_config

NUM_STEPS = 25

EVENTS = (
    ("freeze", 1),
    ("force", 2),
    ("release", None),
    ("kill", 0),
    ("revive_by_cloning", 0),
    ("clone", 1),
    ("add", None),
    ("kill", 3),
    ("revive_afresh", 3),
    ("unfreeze", 1),
)
"""Every intervention. Expert 1 is frozen long enough for momentum to show."""


def choices() -> list[dict[str, Any]]:
    """Settings that choose each variant of each section once, and other code in three of them."""
    code = [{"activation": "gelu"}, {"router_init": "circle"}, {"features": "all"}]
    return [*every_choice(), *code, {"weights_draw": 2, "data_draw": 3}]


def small(settings: dict[str, Any]) -> Trainer:
    """A small run at step 0."""
    return Trainer(small_config(**settings))


def eventful(settings: dict[str, Any], events: Sequence[tuple[str, int | None]] = EVENTS) -> Trainer:
    """A run in which every live setting was changed and every intervention was done, at steps of their own."""
    trainer = small(settings)
    changes = [
        (name, value + 1 if isinstance(value, int) else 0.5 * value + 0.001)
        for name, value in trainer.config.settings().items()
        if name in LIVE_FIELDS
    ]
    steps = [2 * number for number in range(len(changes))]
    steps += [2 * len(changes) + 3 * number for number in range(len(events))]
    log = [Command(step, *done) for step, done in zip(steps, [*changes, *events], strict=True)]
    trainer.replay(meaningful(trainer.config, log), 2 * len(changes) + 3 * len(events))
    return trainer


def numbers_of(trainer: Trainer) -> dict[str, Any]:
    """What an exported run has to print."""
    now = trainer.evaluate()
    return {
        "step": trainer.step_count,
        "loss": {"mixture": now.test_loss, "plain": now.plain_test_loss, "wide": now.wide_test_loss},
        "score": {"mixture": now.test_score, "plain": now.plain_test_score, "wide": now.wide_test_score},
        "effective_experts": now.effective_experts,
        "load": now.load.tolist(),
    }
