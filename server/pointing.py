"""What a person points at: one place or one test example, and every number that the layer has for it."""

from typing import Any

import torch
from torch import Tensor

from moe_core.trace import trace
from moe_core.trainer import Trainer
from server.frame_header import finite
from server.protocol import Look


def problem_of(look: Look, trainer: Trainer) -> str | None:
    """Why nothing can be shown of this place or example, in a sentence; None if it can."""
    task = trainer.task
    if look.sample is not None and look.sample >= len(task.test_inputs):
        last = len(task.test_inputs) - 1
        return f"sample = {look.sample} was refused: it is a whole number from 0 to {last}, a test example."
    if look.sample is None and look.at is not None and len(look.at) != task.num_inputs:
        return f"at = {look.at} was refused: an example of this task has {task.num_inputs} inputs."
    return None


def pointed_of(trainer: Trainer, look: Look) -> dict[str, Any] | None:
    """The numbers of what is looked at, as a frame's header has them; None for nothing, or what is not there."""
    if (look.sample is None and look.at is None) or problem_of(look, trainer):
        return None
    task = trainer.task
    inputs = torch.tensor(look.at) if look.sample is None else task.test_inputs[look.sample]
    target = None if look.sample is None else task.test_targets[look.sample]
    followed = trace(trainer.model, inputs)
    loss = None if target is None else float(task.objective.loss(followed.answer[None], target[None]))
    rows = zip(
        _numbers(followed.logits),
        _numbers(followed.selection),
        _numbers(followed.probs),
        followed.assigned.tolist(),
        followed.kept.tolist(),
        _numbers(followed.gates),
        followed.answers,
        strict=True,
    )
    names = ("logit", "selection", "probability", "chosen", "kept", "gate")
    is_classification = task.test_labels is not None
    return {
        "inputs": _numbers(inputs),
        "sample": look.sample,
        "target": target.item() if target is not None and target.numel() == 1 else None,
        "experts": [{**dict(zip(names, row, strict=True)), "answer": _numbers(answer)} for *row, answer in rows],
        "shared": None if trainer.model.shared is None else _numbers(followed.shared),
        "answer": _numbers(followed.answer),
        "probabilities": _numbers(followed.answer.softmax(-1)) if is_classification else None,
        "loss": None if loss is None else finite(loss),
    }


def _numbers(values: Tensor) -> list[float | None]:
    return [finite(value) for value in values.tolist()]
