"""One training step for somebody who watches, in five stages, each with its own numbers.

forward    a batch is drawn and goes through the models
route      what the router decided about each of its tokens on the way
loss       how wrong the answers were
backward   how strongly the loss pulls at the router and at each expert: the norm of the gradient
update     how far the router and each expert moved: the norm of the change
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from moe_core.plane import strongest
from moe_core.run_state import put_streams_back, streams
from moe_core.training_step import TrainingStep


@dataclass(frozen=True)
class Stage:
    """A stage that was just done: its numbers, and more of them in arrays, by name. B tokens, E experts.

    forward    batch_size                                      inputs (B, D)
    route      experts_asked, largest_load                     expert (B,): of the chosen the most probable; load (E,)
    loss       task_loss, balance_loss, plain_loss, wide_loss  token_loss (B,), whose mean is the task loss
    backward   router_gradient, experts_gradient               expert_gradient (E,)
    update     router_moved, experts_moved                     expert_moved (E,)

    Arrays are float32, but for `expert`, which is uint8.
    """

    name: str
    numbers: dict[str, float]
    arrays: dict[str, np.ndarray]


def stages_before_update(step: TrainingStep) -> Iterator[Stage]:
    """Four stages, after each of which the run is as it was before the step: to leave off here is to have done nothing.

    Raises Diverged as the step does, and RuntimeError when the run was changed between two stages.
    """
    learners = step.learners
    config, parameters, step_count = learners.config, learners.parameters, learners.step_count
    for stage in _watched(step):
        drawn_to = streams(learners)
        put_streams_back(learners, step.drawn_from)
        yield stage
        # Whatever is done to a run gives it another of these.
        if (learners.config, learners.step_count) != (config, step_count) or learners.parameters is not parameters:
            raise RuntimeError("The run was changed between two stages of a step, so this step cannot go on.")
        put_streams_back(learners, drawn_to)


def watched_update(step: TrainingStep) -> Stage:
    """The last stage, in which the weights move."""
    model = step.learners.model
    before = [_copies(model.router), _copies(model.experts)]
    step.update()
    after = [_copies(model.router), _copies(model.experts)]
    router, experts = ([b - a for a, b in zip(*both, strict=True)] for both in zip(before, after, strict=True))
    return _sizes("update", "moved", router, experts)


def _watched(step: TrainingStep) -> Iterator[Stage]:
    step.forward()
    yield Stage("forward", {"batch_size": len(step.inputs)}, {"inputs": _array(step.inputs)})

    _, expert = strongest(step.routing)
    load = step.routing.load
    asked = {"experts_asked": int(load.count_nonzero()), "largest_load": float(load.max())}
    yield Stage("route", asked, {"expert": _array(expert.to(torch.uint8)), "load": _array(load)})

    step.judge()
    losses = {name: getattr(step, name).item() for name in ("task_loss", "balance_loss", "plain_loss", "wide_loss")}
    token_loss = step.learners.task_loss_of_each(step.inputs, step.outputs, step.routing, step.targets)
    yield Stage("loss", losses, {"token_loss": _array(token_loss)})

    step.backward()
    model = step.learners.model
    yield _sizes("backward", "gradient", _gradients(model.router), _gradients(model.experts))


def _sizes(name: str, what: str, router: Iterable[Tensor], experts: Iterable[Tensor]) -> Stage:
    """A stage that says how large something is: of the router's parameters together, and of each expert's."""
    whole = [tensor.flatten() for tensor in router]
    # Some routers have no parameters.
    of_router = torch.cat(whole).norm() if whole else 0.0
    of_each = torch.cat([tensor.flatten(1) for tensor in experts], dim=1).norm(dim=1)
    numbers = {f"router_{what}": float(of_router), f"experts_{what}": float(of_each.norm())}
    return Stage(name, numbers, {f"expert_{what}": _array(of_each)})


def _copies(model: nn.Module) -> list[Tensor]:
    return [parameter.detach().clone() for parameter in model.parameters()]


def _gradients(model: nn.Module) -> list[Tensor]:
    """Zero where the loss does not depend on a parameter."""
    return [torch.zeros_like(p) if p.grad is None else p.grad for p in model.parameters()]


def _array(values: Tensor) -> np.ndarray:
    return values.detach().cpu().numpy()
