"""Every number that can be said of a run as it is now, on the test split, in evaluation mode."""

import math

import torch
from torch import Tensor

from moe_core.config.cost import most_batched_pairs
from moe_core.evaluation import Evaluation
from moe_core.layer import MoELayer
from moe_core.metrics import (
    cv_squared,
    dead_fraction,
    dispatch_entropy,
    dropped_fraction,
    load_entropy,
    max_violation,
    mutual_information,
    normalized_mutual_information,
    own_minus_others,
    purity,
    router_margin,
)
from moe_core.model import evaluation_mode
from moe_core.routing import Routing


def measure(model: MoELayer, evaluation: Evaluation) -> dict[str, float]:
    """Every metric by name, of the model that the evaluation was made of. Those of classes and of clusters are there
    where the task has them. Read the agreement beside the untrained router's: labels lie in different places.

    Where every token asks every expert that is alive, no expert is chosen: what asks how good the choice is, or what it
    tells, is then NaN. By its formula it would be the same whatever the experts have learned."""
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
    of_choice = {"own_minus_others"}
    for kind, table in (("class", evaluation.expert_class), ("cluster", evaluation.expert_cluster)):
        if table is not None:
            counts = torch.from_numpy(table)
            agreement = {
                f"expert_{kind}_mi": mutual_information(counts),
                f"expert_{kind}_nmi": normalized_mutual_information(counts),
                f"expert_{kind}_purity": purity(counts),
                f"expert_{kind}_dispatch_entropy": dispatch_entropy(counts),
            }
            numbers |= agreement
            of_choice |= agreement.keys()
    if everybody_asked(model, routing):
        numbers |= dict.fromkeys(of_choice, math.nan)
    return numbers


def everybody_asked(model: MoELayer, routing: Routing) -> bool:
    """Whether every token asks every expert that is alive, so that none is chosen."""
    return bool(routing.assigned[:, model.router.alive].all())


def answers_of_each(model: MoELayer, x: Tensor) -> Tensor:
    """Every expert's answer to every token, asked or not: x (T, D) to (E, T, C). In parts, so that little is held."""
    num_experts = len(model.experts.frozen)
    with evaluation_mode(model):
        most_tokens = max(1, most_batched_pairs(num_experts, model.experts.work) // num_experts)
        parts = [model.expert_outputs(part) for part in torch.split(x, most_tokens)]
    return torch.cat(parts, dim=1)
