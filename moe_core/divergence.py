"""When training cannot go on, found before the optimizer moves, so that the last finite state stays."""

import math
from collections.abc import Mapping

from torch import Tensor

LOSS_LIMIT = 1e6
"""A loss above this has diverged, even while it is finite: chance is ln C, at most a few nats."""


class Diverged(ArithmeticError):
    """Training cannot go on: a loss, a gradient or a logit of the router is not finite, or a loss passed LOSS_LIMIT.
    Says which, and when."""


def divergence(
    step: int, losses: Mapping[str, float], sum_of_all: float, logits: Tensor, parameters: Mapping[str, Tensor]
) -> str | None:
    """What went wrong in the step after `step`, as a sentence, or None.

    losses      by what a person calls them
    sum_of_all  of all logits and all entries of all gradients: finite only if each is, so one number vouches for all
    logits      of the router, searched for the culprit first: from them the rest follows
    parameters  by name, whose gradients are searched after them
    """
    if not math.isfinite(sum_of_all) and not logits.isfinite().all():
        return f"Training diverged after step {step}: the router's logits are not finite."
    for name, value in losses.items():
        if not math.isfinite(value) or value > LOSS_LIMIT:
            return f"Training diverged after step {step}: the {name} is {value:.3g}."
    if math.isfinite(sum_of_all):
        return None
    broken = [name for name, p in parameters.items() if p.grad is not None and not p.grad.sum().isfinite()]
    names = ", ".join(broken) or "all parameters together"
    return f"Training diverged after step {step}: the gradient of {names} is not finite."
