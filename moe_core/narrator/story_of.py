"""A run as the narrator reads it: its curves up to the present step, and what a person did to its experts."""

from typing import TYPE_CHECKING

from moe_core.history import History
from moe_core.narrator.by_hand import killed_and_forced
from moe_core.narrator.story import Story

if TYPE_CHECKING:
    from moe_core.trainer import Trainer


def story_of(trainer: "Trainer") -> Story:
    """The story of a run until now: of one that went back, without what came later."""
    rows, loads = trainer.history.until(trainer.step_count, trainer.num_experts)
    curves = dict(zip(History.COLUMNS, rows.T, strict=True))
    if trainer.config.training.mixture_loss != "cooperative":
        # It judges each expert by itself, and the test loss judges their output: the two cannot be compared.
        del curves["train_loss"]
    labels = trainer.task.test_labels
    killed, forced = killed_and_forced(curves["step"], trainer.num_experts, trainer.log)
    return Story(
        steps=curves["step"],
        load=loads,
        series=curves,
        score_name=trainer.task.objective.score_name,
        chance=0.0 if labels is None else float(labels.bincount().max() / len(labels)),
        killed=killed,
        forced=forced,
        rates=(trainer.config.training.learning_rate, trainer.config.training.baseline_learning_rate),
    )
