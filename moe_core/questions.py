"""Questions about a run that is at rest: what each expert is needed for, how alike they are, who is asked with whom,
what of the routing was there before, what pulls."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Literal

import numpy as np
import torch
from torch import Generator, Tensor

from moe_core.config import RunConfig
from moe_core.config.command import after
from moe_core.config.cost import LARGEST_LOOK
from moe_core.layer import MoELayer
from moe_core.measure import answers_of_each
from moe_core.metrics import (
    TugOfWar,
    co_activation,
    fall_by_label,
    output_similarity,
    router_saturation,
    tug_of_war,
    without_each_expert,
)
from moe_core.model import build_mixture, evaluation_mode
from moe_core.routers.router import KILLED
from moe_core.routing import Routing, TokenRouting

if TYPE_CHECKING:
    from moe_core.trainer import Trainer

LabelKind = Literal["class", "cluster"]
"""What a test example has beside its inputs: its class, or the sub-problem that made it."""

MOST_LOOKS = 40
"""Kept steps at which the routing is compared with the present one: each is the test split through a model once."""


def ablation(trainer: "Trainer") -> list[float]:
    """How much the test score falls when an expert's answers are taken out and nothing else changes, for each expert.

    Positive: it is needed. See moe_core.metrics.ablation.
    """
    task = trainer.task
    evaluation = trainer.evaluate()
    routing = evaluation.routing
    outputs = _without_each_expert(trainer, routing)
    if routing.residual is not None:
        outputs = outputs + routing.residual.unsqueeze(-1) * task.test_inputs
    if trainer.model.shared is not None:
        with evaluation_mode(trainer.model):
            outputs = outputs + trainer.model.shared_output(task.test_inputs)
    return [evaluation.test_score - float(task.objective.score(output, task.test_targets)) for output in outputs]


def _without_each_expert(trainer: "Trainer", routing: Routing) -> Tensor:
    """The outputs (E, M, C) on the test split, each without one expert's answers."""
    model, inputs = trainer.model, trainer.task.test_inputs
    if isinstance(routing, TokenRouting):
        return without_each_expert(answers_of_each(model, inputs), routing.gates)
    with evaluation_mode(model):
        answers = model.experts(routing.dispatch(inputs, model.experts.work)).values
        parts = torch.einsum("tes,esd->etd", routing.combine_weights, answers)
    return parts.sum(0) - parts


def who_suffers(trainer: "Trainer") -> dict[LabelKind, Tensor]:
    """How far the score falls on the test inputs of each label when an expert is killed: (E, labels).

    The router then chooses among the others, so this asks whether another can take the expert's place: it is 0 where
    one does. By the kind of label that the task has. NaN for an expert that is the last alive.
    """
    task, evaluation = trainer.task, trainer.evaluate()
    known: dict[LabelKind, tuple[Tensor | None, np.ndarray | None]] = {
        "class": (task.test_labels, evaluation.expert_class),
        "cluster": (task.test_clusters, evaluation.expert_cluster),
    }
    tables = {
        kind: (labels.cpu(), counts.shape[1])
        for kind, (labels, counts) in known.items()
        if labels is not None and counts is not None
    }
    if not tables:
        return {}
    inputs, targets = task.test_inputs.cpu(), task.test_targets.cpu()
    copy = _rebuilt(trainer.config, trainer.num_experts, trainer.model.state_dict())
    before = copy.router.offset.clone()
    with evaluation_mode(copy):
        right = task.objective.rightness(copy(inputs)[0], targets)
        without = torch.full((trainer.num_experts, len(inputs)), torch.nan)
        for expert in range(trainer.num_experts):
            copy.router.offset.copy_(before)
            copy.router.offset[expert] = KILLED
            copy.router.notice()
            if copy.router.alive.any():
                without[expert] = task.objective.rightness(copy(inputs)[0], targets)
    return {kind: fall_by_label(right, without, labels, count) for kind, (labels, count) in tables.items()}


def saturation(trainer: "Trainer") -> list[tuple[int, float, float]]:
    """For kept steps until now, at most MOST_LOOKS and the last of them now: the step, the share of the present
    choices that were made then already, and what chance would give. See moe_core.metrics.saturation.

    Chance is a router that chooses as many experts as were chosen then, of those that there are now: k/E.
    """
    now = trainer.evaluate().routing.assigned.cpu()
    steps = [step for step in trainer.kept.steps if step < trainer.step_count]
    every = -(-len(steps) // (MOST_LOOKS - 1)) or 1
    found = []
    for step in steps[::every]:
        then = _routing_then(trainer, step).assigned
        found.append((step, router_saturation(then, now), float(then.sum() / now.numel())))
    return [*found, (trainer.step_count, router_saturation(now, now), float(now.float().mean()))]


def _routing_then(trainer: "Trainer", step: int) -> Routing:
    """The routing of the test split at a kept step, on the CPU."""
    state = trainer.kept.state(step)
    config, num_experts = after(trainer.start_config, state.log)
    weights = {
        name.removeprefix("model."): tensor for name, tensor in state.tensors.items() if name.startswith("model.")
    }
    past = _rebuilt(config, num_experts, weights)
    with evaluation_mode(past):
        _, routing = past(trainer.task.test_inputs.cpu())
    return routing


def _rebuilt(config: RunConfig, num_experts: int, weights: Mapping[str, Tensor]) -> MoELayer:
    """A mixture with these weights, on the CPU, to be looked at apart from the run."""
    mixture = build_mixture(config, Generator(), num_experts)
    mixture.load_state_dict(weights)
    mixture.router.notice()
    return mixture


def similarity(trainer: "Trainer") -> list[list[float]]:
    """How alike the experts' answers to the test split are, for each pair: linear CKA, see moe_core.metrics.experts."""
    rows: list[list[float]] = output_similarity(answers_of_each(trainer.model, trainer.task.test_inputs)).tolist()
    return rows


def asked_together(trainer: "Trainer") -> list[list[float]]:
    """Of the test examples that each expert is given, the share that each other is given too: see
    moe_core.metrics.co_activation."""
    rows: list[list[float]] = co_activation(trainer.evaluate().routing.assigned).tolist()
    return rows


def pulls(trainer: "Trainer") -> TugOfWar:
    """The gradients of the task's loss and of the balance loss on each expert's router row.

    Over the training split, or its first LARGEST_LOOK examples. A split that is smaller than a batch is repeated: a
    batch is drawn with replacement, and a sequence may be longer than the split.

    A router that learns nothing has rows of no numbers.

    Taken as in training. A router with noise draws it from a copy of its stream, so that the run does not notice.
    """
    task, model = trainer.task, trainer.model
    stream = model.router.noise
    before = stream.get_state() if stream else None
    inputs, targets = task.train_inputs[:LARGEST_LOOK], task.train_targets[:LARGEST_LOOK]
    times = -(-trainer.config.training.batch_size // len(inputs))
    inputs, targets = torch.cat([inputs] * times), torch.cat([targets] * times)
    outputs, routing = model(inputs)
    if stream and before is not None:
        stream.set_state(before)
    if not model.router.rows():
        nothing = torch.zeros(trainer.num_experts, 0, device=outputs.device)
        return TugOfWar(task=nothing, balance=nothing)
    task_loss = trainer.task_loss(inputs, outputs, routing, targets)
    return tug_of_war(task_loss, trainer.balancer.loss(routing), model.router.rows())
