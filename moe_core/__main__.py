"""The command line: `python -m moe_core train --preset collapse --steps 500 --json` trains without a browser,
`python -m moe_core hme --set task=piecewise` fits a hierarchical mixture by EM, and `python -m moe_core upcycle` makes
a trained network into a mixture.

Torch takes a second to import, so each command does so itself, and a refused setting is answered without it.
"""

import os
import sys
from collections.abc import Sequence

from moe_core import command_line
from moe_core.config import ConfigError
from moe_core.ending import DIVERGED, DONE, INTERRUPTED, REFUSED, WAS_INTERRUPTED


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status.

    0    done, or stopped as it was set to
    1    diverged, or nobody reads the output any more
    2    refused: a setting or command before training, a command on the way, or a file that cannot be written
    130  interrupted by Ctrl-C, as shells count it: 128 and the number of the signal

    A run that has begun is reported and written however it ended. A second Ctrl-C ends it at once, without either.
    """
    try:
        order = command_line.read(arguments)
        if isinstance(order, command_line.Order):
            return train(order)
        return fit_hierarchy(order) if isinstance(order, command_line.HierarchyOrder) else make_of_a_network(order)
    except ConfigError as error:
        print("\n".join(str(problem) for problem in error.problems), file=sys.stderr)
    except ValueError as error:
        print(error, file=sys.stderr)
    except KeyboardInterrupt:
        print(WAS_INTERRUPTED, file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:
        # Python flushes the output once more when it ends, and would fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    return REFUSED


def fit_hierarchy(order: command_line.HierarchyOrder) -> int:
    """Fit a hierarchical mixture by EM: a model of its own, beside those that are trained."""
    import torch

    from moe_core.hme_report import report

    torch.set_num_threads(1)
    report(order)
    return DONE


def make_of_a_network(order: command_line.UpcyclingOrder) -> int:
    """Train a network, make it into a mixture, and train both on."""
    import torch

    from moe_core.divergence import Diverged
    from moe_core.upcycling_report import report

    torch.set_num_threads(1)
    try:
        report(order)
    except Diverged as error:
        print(error, file=sys.stderr)
        return DIVERGED
    return DONE


def train(order: command_line.Order) -> int:
    """Train one run, and say what it came to."""
    import torch

    from moe_core.training_report import report

    torch.set_num_threads(1)  # As in the app's workers: the same settings give bitwise the same run.
    return report(order)


if __name__ == "__main__":
    sys.exit(main())
