"""A run as a short program, part by part: the settings are arguments, the log stands between stretches of training.

The program does in plain code what `moe_core.trainer` does, on the processor and without what only the screen needs.
It imports what it uses from this package; `moe_core.export.sources` then makes it stand alone.
"""

from collections.abc import Sequence

from moe_core.config import RunConfig
from moe_core.config.command import INTERVENTIONS, Command
from moe_core.export import construction, training
from moe_core.export.data import data
from moe_core.export.log import whole_run
from moe_core.export.part import Part


def program_of(config: RunConfig, log: Sequence[Command], num_steps: int) -> list[Part]:
    """The parts in order, from the settings at step 0, the commands since and the number of steps.

    Raises ValueError for a table that is not on this machine.
    """
    names = {command.name for command in log}
    intervened = not names.isdisjoint(INTERVENTIONS)
    return [
        construction.random_numbers(config),
        data(config),
        construction.router(config),
        construction.experts(config),
        construction.plain_networks(config),
        construction.balance(config),
        construction.optimizer(config),
        training.training_loop(config, some_frozen="freeze" in names, some_new=intervened),
        *([training.interventions(config)] if intervened else []),
        whole_run(config, log, num_steps),
        training.result(num_steps),
    ]
