"""All tasks by name. The names are those of the task settings in `moe_core.config.task`."""

from collections.abc import Callable
from typing import Any

import numpy as np

from moe_core.config.task import TaskConfig
from moe_core.tasks.digits import digits
from moe_core.tasks.moons import moons
from moe_core.tasks.rules import rules
from moe_core.tasks.task import Task

TASKS: dict[str, Callable[[Any, np.random.Generator], Task]] = {"moons": moons, "rules": rules, "digits": digits}


def build_task(config: TaskConfig, random: np.random.Generator) -> Task:
    """The data set that a configuration names, drawn from `random`."""
    return TASKS[config.task](config, random)


__all__ = ["TASKS", "Task", "build_task"]
