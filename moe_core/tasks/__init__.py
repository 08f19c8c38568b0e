"""All tasks by name. The names are those of the task settings in `moe_core.config.task`."""

from collections.abc import Callable

import numpy as np

from moe_core.config.task import PlaneSection, TaskConfig
from moe_core.tasks.breast_cancer import breast_cancer
from moe_core.tasks.checkerboard import checkerboard
from moe_core.tasks.circles import circles
from moe_core.tasks.csv import csv
from moe_core.tasks.digits import digits
from moe_core.tasks.moons import moons
from moe_core.tasks.piecewise import piecewise
from moe_core.tasks.pinwheel import pinwheel
from moe_core.tasks.points import points
from moe_core.tasks.rules import rules
from moe_core.tasks.spirals import spirals
from moe_core.tasks.task import Task, with_features

TASKS: dict[str, Callable[..., Task]] = {
    "moons": moons,
    "circles": circles,
    "spirals": spirals,
    "checkerboard": checkerboard,
    "pinwheel": pinwheel,
    "rules": rules,
    "piecewise": piecewise,
    "digits": digits,
    "breast_cancer": breast_cancer,
    "points": points,
    "csv": csv,
}


def build_task(config: TaskConfig, random: np.random.Generator) -> Task:
    """The data set that a configuration names, drawn from `random`."""
    task = TASKS[config.task](random, **config.model_dump(exclude={"task", "features"}))
    return with_features(task, config.features) if isinstance(config, PlaneSection) else task


__all__ = ["TASKS", "Task", "build_task"]
