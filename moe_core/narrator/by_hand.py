"""Who was killed, or had every token sent to it, at each row of a run: a person's doing, and nothing that happened."""

from collections.abc import Iterable

import numpy as np

from moe_core.config.command import GROWING, Command


def killed_and_forced(steps: np.ndarray, num_experts: int, log: Iterable[Command]) -> tuple[np.ndarray, np.ndarray]:
    """Two tables of bools (N, E), N rows at these steps and E experts at the last.

    A command is given after the row of its step was written, so that it is in the next.
    """
    killed, forced = (np.zeros((len(steps), num_experts), dtype=bool) for _ in range(2))
    commands = list(log)
    newest = num_experts - sum(command.name in GROWING for command in commands)
    for command in commands:
        rows, expert = steps > command.step, command.value
        if command.name == "kill":
            killed[rows, expert] = True
            forced[rows, expert] = False
        elif command.name in ("revive_by_cloning", "revive_afresh"):
            killed[rows, expert] = False
        elif command.name in ("force", "release"):
            forced[rows] = False
            if command.name == "force":
                forced[rows, expert] = True
        elif command.name in GROWING:
            if command.name == "clone":
                killed[rows, newest] = killed[rows, expert]
            newest += 1
    return killed, forced
