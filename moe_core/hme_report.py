"""The hierarchical mixture fitted by EM to a task, and what it came to: `python -m moe_core hme`."""

import json

import numpy as np
from torch import Tensor
from torch.nn import functional

from moe_core import hme
from moe_core.command_line import HierarchyOrder
from moe_core.seeds import seeds_of_streams
from moe_core.tasks import Task, build_task


def report(order: HierarchyOrder) -> None:
    """Print the log-likelihood of the training split before EM and after each of its steps, none of which lowers it,
    and the score on the test split. The data is that of a run with the same settings."""
    training = order.config.training
    data, weights, _ = seeds_of_streams(training.seed, training.weights_draw, training.data_draw)
    task = build_task(order.config.task, np.random.default_rng(data))
    x, y = hme.with_ones(task.train_inputs), _targets(task)
    mixture = hme.begin(
        x,
        y,
        num_branches=order.num_branches,
        per_branch=order.per_branch,
        classes=task.test_labels is not None,
        seed=weights % 2**63,
    )
    likelihoods = [float(mixture.log_likelihood(x, y))]
    print(f"{'EM step':>8}{'log-likelihood':>18}\n{0:8}{likelihoods[0]:18.3f}")
    for step, fitted in enumerate(hme.fit(mixture, x, y, order.num_steps), start=1):
        mixture = fitted
        likelihoods.append(float(mixture.log_likelihood(x, y)))
        print(f"{step:8}{likelihoods[-1]:18.3f}", flush=True)
    score = float(task.objective.score(mixture.predict(hme.with_ones(task.test_inputs)), task.test_targets))
    print(f"{task.objective.score_name} on the test split: {score:.3f}")
    if order.as_json:
        sizes = {"num_branches": order.num_branches, "per_branch": order.per_branch}
        settings = order.config.task.model_dump() | {"seed": training.seed, "data_draw": training.data_draw}
        result = {"data": settings, **sizes, "log_likelihood": likelihoods, "test_score": score}
        print(json.dumps(result, allow_nan=False))


def _targets(task: Task) -> Tensor:
    """Values (N, C), or classes one-hot (N, C)."""
    targets = task.train_targets
    return targets.double() if task.test_labels is None else functional.one_hot(targets, task.num_outputs).double()
