"""What is reported of a model: on the test split, counted by hand."""

import math

import numpy as np
import pytest
import torch

from moe_core.metrics import dead_experts, max_violation
from moe_core.trainer import Trainer
from tests.moe_core.cases import small_config, train

METRICS = {
    "test_loss",
    "test_accuracy",
    "plain_test_loss",
    "plain_test_accuracy",
    "effective_experts",
    "max_violation",
    "dead_fraction",
    "expert_class_nmi",
}


@pytest.fixture(scope="module", params=[{"k": 2}, {"router": "switch"}, {"task": "digits"}], ids=str)
def trainer(request: pytest.FixtureRequest) -> Trainer:
    return train(Trainer(small_config(**request.param)), 20)


def test_load_is_counted_from_assignments(trainer: Trainer) -> None:
    evaluation, k = trainer.evaluate(), trainer.config.router.k
    with torch.inference_mode():
        _, routing = trainer.model(trainer.task.test_inputs)
    counts = [int(routing.assigned[:, expert].sum()) for expert in range(4)]
    assert evaluation.load.tolist() == pytest.approx([c / (k * len(trainer.task.test_labels)) for c in counts])
    assert evaluation.load.dtype == np.float32
    assert float(evaluation.load.sum()) == pytest.approx(1.0)


def test_expert_class_counts_every_test_example_k_times(trainer: Trainer) -> None:
    evaluation, k = trainer.evaluate(), trainer.config.router.k
    counts = evaluation.expert_class
    assert counts.shape == (4, trainer.task.num_classes)
    assert counts.dtype == np.float32
    assert counts.sum(0).tolist() == (k * trainer.task.test_labels.bincount()).tolist()
    assert (counts.sum(1) / counts.sum()).tolist() == pytest.approx(evaluation.load.tolist())


def test_loss_and_accuracy_by_their_definitions(trainer: Trainer) -> None:
    """Mean of -ln p(label) and share of right answers, for the mixture and for the plain network."""
    metrics = trainer.evaluate().metrics()
    inputs, labels = trainer.task.test_inputs, trainer.task.test_labels
    with torch.inference_mode():
        answers = {"": trainer.model(inputs)[0], "plain_": trainer.plain(inputs)}
    for owner, scores in answers.items():
        losses = [
            math.log(sum(math.exp(s) for s in row)) - row[label]
            for row, label in zip(scores.double().tolist(), labels.tolist(), strict=True)
        ]
        right = [row.index(max(row)) == label for row, label in zip(scores.tolist(), labels.tolist(), strict=True)]
        assert metrics[f"{owner}test_loss"] == pytest.approx(sum(losses) / len(losses), rel=1e-5)
        assert metrics[f"{owner}test_accuracy"] == pytest.approx(sum(right) / len(right))


def test_metrics_are_plain_finite_numbers_under_their_names(trainer: Trainer) -> None:
    metrics = trainer.evaluate().metrics()
    clusters = {"expert_cluster_nmi"} if trainer.task.test_clusters is not None else set()
    assert set(metrics) == METRICS | clusters
    assert all(type(value) is float and math.isfinite(value) for value in metrics.values())


def test_metrics_of_the_load(trainer: Trainer) -> None:
    evaluation = trainer.evaluate()
    load, metrics = torch.from_numpy(evaluation.load), evaluation.metrics()
    assert metrics["effective_experts"] == pytest.approx(math.exp(-sum(p * math.log(p) for p in load.tolist() if p)))
    assert metrics["max_violation"] == max_violation(load)
    assert metrics["dead_fraction"] == float(dead_experts(load).sum()) / 4


def test_the_load_at_step_zero_is_kept(trainer: Trainer) -> None:
    fresh = Trainer(trainer.start_config)
    assert np.array_equal(trainer.initial_load, fresh.evaluate().load)
    assert trainer.initial_metrics == fresh.evaluate().metrics()
    assert not np.array_equal(trainer.initial_load, trainer.evaluate().load)
