"""The header of a frame: everything of a run at one moment that is not an array."""

import math
from collections.abc import Mapping
from typing import Any

from torch import Tensor

from moe_core.evaluation import Evaluation
from moe_core.tasks import Task
from moe_core.trainer import Trainer
from server.live_run import LiveRun

LAST_COMMANDS = 50
"""Commands of a run's log that a frame lists; the number of all is log_length."""

METRICS = (
    "test_loss",
    "test_score",
    "plain_test_loss",
    "plain_test_score",
    "wide_test_loss",
    "wide_test_score",
    "effective_experts",
    "dropped_fraction",
)


def header_of(run: LiveRun, number: int, evaluation: Evaluation, start: int, more: Mapping[str, Any]) -> dict[str, Any]:
    """Of one member. `start` is the first row of the curves that the frame holds; `more` is what else it says."""
    trainer = run.members[number]
    config, history, record = trainer.config, trainer.history, run.last_records[number]
    return {
        "sequence": run.sequence,
        "run_version": run.run_version,
        "member": number,
        "members": len(run.members),
        "changed": run.changes(number),
        "step": trainer.step_count,
        "last_step": run.last_step,
        "state": run.state,
        "message": run.message,
        "pace": run.pace,
        "steps_per_second": run.steps_per_second,
        "settings": config.settings(),
        "fair_share": 1 / trainer.num_experts,
        "device": trainer.device.type,
        "experts": experts_of(trainer),
        "log_length": len(trainer.log),
        "log": [vars(command) for command in trainer.log[-LAST_COMMANDS:]],
        "metrics": {
            "train_loss": finite(record.loss) if record else None,
            **{name: finite(getattr(evaluation, name)) for name in METRICS},
        },
        "history": {"version": history.version, "start": start, "columns": history.COLUMNS},
        "picture": picture_of(trainer.task),
        "by_belief": config.router.looks_at_batch,
        "task": task_of(trainer),
        "plain_hidden": trainer.plain.width,
        "wide_hidden": trainer.wide.width,
        **more,
    }


def experts_of(trainer: Trainer) -> dict[str, Any]:
    """Which experts, counted from 0, a person has done something to that lasts."""
    router = trainer.model.router
    waking = (router.alive & (router.offset < 0)).tolist()
    forced = router.forced.tolist()
    return {
        "frozen": _where(trainer.model.experts.frozen.tolist()),
        "killed": _where((~router.alive).tolist()),
        "waking": _where(waking),
        "forced": forced.index(True) if True in forced else None,
    }


def task_of(trainer: Trainer) -> dict[str, Any]:
    """What the run learns, as far as a picture of it needs to know."""
    config, task = trainer.config.task, trainer.task
    return {
        "name": config.task,
        "title": config.title,
        "num_outputs": task.num_outputs,
        "class_names": task.class_names,
        "score": task.objective.score_name,
        "bounds": task.bounds,
        "num_test": len(task.test_inputs),
        "image": task.image,
        "drawn": config.task == "points",
    }


def picture_of(task: Task) -> str:
    """What the view shows: a plane, a line, or, where neither can be drawn, which classes each expert gets."""
    if task.bounds is None:
        return "matrix" if task.test_labels is not None else "none"
    return "plane" if task.num_coordinates == 2 else "line"


def finite(value: float | None) -> float | None:
    """JSON has no infinity and no NaN: such a number was not measured. Nor was one that a run does not have."""
    return value if value is not None and math.isfinite(value) else None


def numbers(values: Tensor) -> list[Any]:
    """The numbers of a tensor as JSON has them: a list, or a list of lists."""
    rows = values.tolist()
    return [finite(row) for row in rows] if values.dim() == 1 else [numbers(row) for row in values]


def _where(flags: list[bool]) -> list[int]:
    return [number for number, flag in enumerate(flags) if flag]
