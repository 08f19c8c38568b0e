"""What a person points at: one place or one test example, and every number that the layer has for it."""

from typing import Any

import torch
from torch import Tensor

from moe_core.config.features import names_of
from moe_core.features import basis_expansion
from moe_core.routing import Routing
from moe_core.tasks import Task
from moe_core.trace import trace
from moe_core.trainer import Trainer
from server.frame_header import finite, numbers
from server.protocol import Look
from server.token_stages import stages_of


def problem_of(look: Look, trainer: Trainer) -> str | None:
    """Why nothing can be shown of this place or example, in a sentence; None if it can."""
    task = trainer.task
    if look.sample is not None and look.sample >= len(task.test_inputs):
        last = len(task.test_inputs) - 1
        return f"sample = {look.sample} was refused: it is a whole number from 0 to {last}, a test example."
    if look.sample is None and look.at is not None and len(look.at) != task.num_coordinates:
        return f"at = {look.at} was refused: an example of this task has {task.num_coordinates} inputs."
    return _problem_of_target(look, trainer) or _problem_of_offsets(look, trainer)


def _problem_of_target(look: Look, trainer: Trainer) -> str | None:
    task = trainer.task
    if look.target is None or task.test_labels is None:
        return None
    if look.target in range(task.num_outputs):
        return None
    return f"target = {look.target:g} was refused: it is a class, a whole number from 0 to {task.num_outputs - 1}."


def _problem_of_offsets(look: Look, trainer: Trainer) -> str | None:
    if look.logit_offsets is None:
        return None
    if not trainer.config.router.by_own_logits:
        allowed = "with this router a token's own logits do not decide what it gets"
        return f"logit_offsets = {look.logit_offsets} was refused: {allowed}."
    if len(look.logit_offsets) != trainer.num_experts:
        allowed = f"it has a number for each of the {trainer.num_experts} experts"
        return f"logit_offsets = {look.logit_offsets} was refused: {allowed}."
    return None


def features_of(task: Task, inputs: Tensor) -> dict[str, float | None] | None:
    """What the models see of a point on the plane, by name; None where that is its two coordinates."""
    if task.features == "coordinates":
        return None
    return dict(zip(names_of(task.features), numbers(inputs), strict=True))


def pointed_of(trainer: Trainer, look: Look, routing: Routing) -> dict[str, Any] | None:
    """The numbers of what is looked at, as a frame's header has them; None for nothing, or what is not there.

    routing: that of the test split, whose load and importance are what the balance loss sees.
    """
    if (look.sample is None and look.at is None) or problem_of(look, trainer):
        return None
    task = trainer.task
    sample, features = look.sample, task.features
    inputs = basis_expansion(torch.tensor(look.at), features) if sample is None else task.test_inputs[sample]
    target = None if look.sample is None else task.test_targets[look.sample]
    offsets = None if look.logit_offsets is None else torch.tensor(look.logit_offsets)
    followed = trace(trainer.model, inputs, offsets, look.draw)
    loss = None if target is None else float(task.objective.loss(followed.answer[None], target[None]))
    rows = zip(
        numbers(followed.logits),
        numbers(followed.selection),
        numbers(followed.probs),
        followed.assigned.tolist(),
        followed.kept.tolist(),
        numbers(followed.gates),
        followed.answers,
        strict=True,
    )
    names = ("logit", "selection", "probability", "chosen", "kept", "gate")
    is_classification = task.test_labels is not None
    has_stages = look.stages and trainer.config.router.by_own_logits
    return {
        "inputs": numbers(inputs),
        "features": features_of(task, inputs),
        "sample": look.sample,
        "target": target.item() if target is not None and target.numel() == 1 else None,
        "experts": [{**dict(zip(names, row, strict=True)), "answer": numbers(answer)} for *row, answer in rows],
        "shared": None if trainer.model.shared is None else numbers(followed.shared),
        "answer": numbers(followed.answer),
        "probabilities": numbers(followed.answer.softmax(-1)) if is_classification else None,
        "loss": None if loss is None else finite(loss),
        "stages": stages_of(trainer, inputs, look, routing) if has_stages else None,
    }
