"""Every number that can be said of a run as it is now, on the test split, in evaluation mode."""

from typing import TYPE_CHECKING

import torch
from torch import Generator, Tensor

from moe_core.config.command import after
from moe_core.config.cost import LARGEST_LOOK, most_batched_pairs
from moe_core.evaluation import Evaluation
from moe_core.layer import MoELayer
from moe_core.metrics import (
    TugOfWar,
    churn,
    cv_squared,
    dead_fraction,
    dispatch_entropy,
    dropped_fraction,
    expert_label_counts,
    load_entropy,
    max_violation,
    mutual_information,
    normalized_mutual_information,
    output_similarity,
    own_minus_others,
    purity,
    router_margin,
    tug_of_war,
    without_each_expert,
)
from moe_core.model import build_mixture, evaluation_mode
from moe_core.routing import TokenRouting

if TYPE_CHECKING:
    from moe_core.trainer import Trainer


def measure(model: MoELayer, evaluation: Evaluation) -> dict[str, float]:
    """Every metric by name, of the model that the evaluation was made of. Those of classes and of clusters are there
    where the task has them. Read the agreement beside the untrained router's: labels lie in different places."""
    task, routing = evaluation.task, evaluation.routing
    load = routing.load
    right = task.objective.rightness(answers_of_each(model, task.test_inputs), task.test_targets)
    names = ("test_loss", "test_score", "plain_test_loss", "plain_test_score", "wide_test_loss", "wide_test_score")
    numbers: dict[str, float] = {name: getattr(evaluation, name) for name in names}
    numbers |= {
        "effective_experts": evaluation.effective_experts,
        "load_entropy": load_entropy(load),
        "load_cv_squared": float(cv_squared(load)),
        "importance_cv_squared": float(cv_squared(routing.importance)),
        "max_violation": max_violation(load),
        "dead_fraction": dead_fraction(load),
        "dropped_fraction": dropped_fraction(routing.assigned, routing.kept),
        "router_entropy": evaluation.router_entropy,
        "router_margin": router_margin(routing.probs),
        "own_minus_others": own_minus_others(right, routing.assigned),
    }
    for kind, labels in (("class", task.test_labels), ("cluster", task.test_clusters)):
        if labels is not None:
            counts = expert_label_counts(routing.assigned, labels, int(labels.max()) + 1)
            numbers |= {
                f"expert_{kind}_mi": mutual_information(counts),
                f"expert_{kind}_nmi": normalized_mutual_information(counts),
                f"expert_{kind}_purity": purity(counts),
                f"expert_{kind}_dispatch_entropy": dispatch_entropy(counts),
            }
    return numbers


def answers_of_each(model: MoELayer, x: Tensor) -> Tensor:
    """Every expert's answer to every token, asked or not: x (T, D) to (E, T, C). In parts, so that little is held."""
    num_experts = len(model.experts.frozen)
    with evaluation_mode(model):
        most_tokens = max(1, most_batched_pairs(num_experts, model.experts.work) // num_experts)
        parts = [model.expert_outputs(part) for part in torch.split(x, most_tokens)]
    return torch.cat(parts, dim=1)


def ablation(trainer: "Trainer") -> list[float]:
    """How much the test score falls when an expert's answers are taken out and nothing else changes, for each expert.

    Positive: it is needed. See moe_core.metrics.ablation.
    """
    task = trainer.task
    evaluation = trainer.evaluate()
    outputs = without_each_expert(answers_of_each(trainer.model, task.test_inputs), evaluation.routing.gates)
    return [evaluation.test_score - float(task.objective.score(output, task.test_targets)) for output in outputs]


def churn_since(trainer: "Trainer", step: int) -> float:
    """Share of the test split's assignments that have changed since a kept step, 0 to 1: see moe_core.metrics.churn.

    Raises ValueError for a step that was not kept, naming the nearest.
    """
    state = trainer.kept.state(step)
    config, num_experts = after(trainer.start_config, state.log)
    past = build_mixture(config, Generator(), num_experts)
    weights = {
        name.removeprefix("model."): tensor for name, tensor in state.tensors.items() if name.startswith("model.")
    }
    past.load_state_dict(weights)
    past.router.notice()
    with evaluation_mode(past):
        _, before = past(trainer.task.test_inputs.cpu())
    assert isinstance(before, TokenRouting)
    return churn(before.assigned, trainer.evaluate().routing.assigned.cpu())


def similarity(trainer: "Trainer") -> list[list[float]]:
    """How alike the experts' answers to the test split are, for each pair: linear CKA, see moe_core.metrics.experts."""
    rows: list[list[float]] = output_similarity(answers_of_each(trainer.model, trainer.task.test_inputs)).tolist()
    return rows


def pulls(trainer: "Trainer") -> TugOfWar:
    """The gradients of the task's loss and of the balance loss on each expert's router row.

    Over the training split, or its first LARGEST_LOOK examples.

    Taken as in training. A router with noise draws it from a copy of its stream, so that the run does not notice.
    """
    task, model = trainer.task, trainer.model
    stream = model.router.noise
    before = stream.get_state() if stream else None
    outputs, routing = model(task.train_inputs[:LARGEST_LOOK])
    if stream and before is not None:
        stream.set_state(before)
    task_loss = task.objective.loss(outputs, task.train_targets[:LARGEST_LOOK])
    return tug_of_war(task_loss, trainer.balancer.loss(routing), list(model.router.parameters()))
