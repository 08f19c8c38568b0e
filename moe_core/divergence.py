"""When training cannot go on, found before the optimizer moves, so that the last finite state stays."""

import math
from collections.abc import Mapping

from torch import Tensor

LOSS_LIMIT = 1e6
"""A loss above this has diverged, even while it is finite: chance is ln C, at most a few nats."""


class Diverged(ArithmeticError):
    """Training cannot go on: a loss or gradient is not finite, or a loss passed LOSS_LIMIT. Says which, and when."""


def divergence(
    step: int, losses: Mapping[str, float], gradient_sum: float, parameters: Mapping[str, Tensor]
) -> str | None:
    """What went wrong in the step after `step`, as a sentence, or None.

    losses        by what a person calls them
    gradient_sum  of all entries of all gradients: it is finite only if each is, so one number vouches for all
    parameters    by name, whose gradients are searched for the culprit
    """
    for name, value in losses.items():
        if not math.isfinite(value) or value > LOSS_LIMIT:
            return f"Training diverged after step {step}: the {name} is {value:.3g}."
    if math.isfinite(gradient_sum):
        return None
    broken = [name for name, p in parameters.items() if p.grad is not None and not p.grad.sum().isfinite()]
    names = ", ".join(broken) or "all parameters together"
    return f"Training diverged after step {step}: the gradient of {names} is not finite."
