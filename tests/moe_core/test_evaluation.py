"""What every look at a run reports: on the test split, counted by hand."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from moe_core.trainer import Trainer
from tests.moe_core.cases import every_choice, small_config, train


@pytest.fixture(scope="module", params=every_choice(), ids=str)
def trainer(request: pytest.FixtureRequest) -> Trainer:
    return train(Trainer(small_config(**request.param)), 20)


CLASSIFICATIONS = [
    settings | ({"task": "rules"} if settings.get("task") == "piecewise" else {})
    for settings in every_choice()
    if settings.get("mixture_loss") != "competitive"
]
"""Where a run learns a regression, it learns classes here. Only the competitive loss has no other."""


@pytest.fixture(scope="module", params=CLASSIFICATIONS, ids=str)
def classifier(request: pytest.FixtureRequest) -> Trainer:
    return train(Trainer(small_config(**request.param)), 20)


@pytest.fixture(scope="module")
def regression() -> Trainer:
    return train(Trainer(small_config(task="piecewise")), 20)


def experts_per_token(trainer: Trainer) -> int:
    return trainer.config.router.most_chosen(4)


def answers(trainer: Trainer) -> dict[str, Tensor]:
    """What each model answers to the test split, as a look sees it: without noise."""
    inputs = trainer.task.test_inputs
    trainer.model.eval()
    with torch.no_grad():
        found = {"": trainer.model(inputs)[0], "plain_": trainer.plain(inputs), "wide_": trainer.wide(inputs)}
    trainer.model.train()
    return found


def test_load_is_counted_from_assignments(trainer: Trainer) -> None:
    evaluation, k = trainer.evaluate(), experts_per_token(trainer)
    counts = [int(evaluation.routing.assigned[:, expert].sum()) for expert in range(4)]
    assert trainer.config.router.varies or sum(counts) == k * len(trainer.task.test_targets)
    assert evaluation.load.tolist() == pytest.approx([c / sum(counts) for c in counts])
    assert evaluation.load.dtype == np.float32
    assert float(evaluation.load.sum()) == pytest.approx(1.0)


def test_expert_class_counts_every_test_example_as_often_as_it_has_experts(classifier: Trainer) -> None:
    evaluation = classifier.evaluate()
    counts, labels = evaluation.expert_class, classifier.task.test_labels
    assert counts is not None
    assert labels is not None
    assert counts.shape == (4, classifier.task.num_outputs)
    assert counts.dtype == np.float32
    experts_of_each = evaluation.routing.assigned.sum(-1)
    assert counts.sum(0).tolist() == labels.bincount(weights=experts_of_each.double()).tolist()
    assert (counts.sum(1) / counts.sum()).tolist() == pytest.approx(evaluation.load.tolist())


def test_a_regression_has_no_counts_by_class(regression: Trainer) -> None:
    assert regression.evaluate().expert_class is None


def test_expert_cluster_counts_the_examples_of_each_disc() -> None:
    """With one expert a token, by hand; also of a regression, whose pieces are known."""
    for task in ("rules", "piecewise"):
        trainer = train(Trainer(small_config(task=task, router="switch")), 20)
        evaluation, clusters = trainer.evaluate(), trainer.task.test_clusters
        assert clusters is not None
        counts = evaluation.expert_cluster
        assert counts is not None
        assert counts.shape == (4, int(clusters.max()) + 1)
        assert counts.dtype == np.float32
        chosen = evaluation.routing.assigned.int().argmax(-1)
        wanted = np.zeros_like(counts)
        for expert, cluster in zip(chosen.tolist(), clusters.tolist(), strict=True):
            wanted[expert, cluster] += 1
        assert counts.tolist() == wanted.tolist()


def test_a_task_that_nothing_is_known_of_has_no_counts_by_cluster() -> None:
    assert Trainer(small_config(task="digits")).evaluate().expert_cluster is None


def test_loss_and_accuracy_by_their_definitions(classifier: Trainer) -> None:
    """Mean of -ln p(label) and share of right answers, for the mixture and for both baselines."""
    evaluation, labels = classifier.evaluate(), classifier.task.test_targets.tolist()
    for owner, scores in answers(classifier).items():
        losses = [
            math.log(sum(math.exp(s) for s in row)) - row[label]
            for row, label in zip(scores.double().tolist(), labels, strict=True)
        ]
        right = [row.index(max(row)) == label for row, label in zip(scores.tolist(), labels, strict=True)]
        assert getattr(evaluation, f"{owner}test_loss") == pytest.approx(sum(losses) / len(losses), rel=1e-4)
        assert getattr(evaluation, f"{owner}test_score") == pytest.approx(sum(right) / len(right))


def test_loss_and_variance_explained_by_their_definitions(regression: Trainer) -> None:
    """Mean of the squared error, and 1 minus its ratio to the targets' variance."""
    evaluation, targets = regression.evaluate(), regression.task.test_targets.double().flatten().tolist()
    mean = sum(targets) / len(targets)
    variance = sum((target - mean) ** 2 for target in targets) / len(targets)
    for owner, values in answers(regression).items():
        errors = [(v - t) ** 2 for v, t in zip(values.double().flatten().tolist(), targets, strict=True)]
        error = sum(errors) / len(errors)
        assert getattr(evaluation, f"{owner}test_loss") == pytest.approx(error, rel=1e-4)
        assert getattr(evaluation, f"{owner}test_score") == pytest.approx(1 - error / variance, abs=1e-4)


def test_the_routing_is_that_of_evaluation_without_noise(trainer: Trainer) -> None:
    routing = trainer.evaluate().routing
    assert routing.noise_std is None
    assert torch.equal(routing.selection, trainer.evaluate().routing.selection)
    assert torch.equal(routing.assigned, trainer.evaluate().routing.assigned)


def test_effective_experts_and_router_entropy_by_hand(trainer: Trainer) -> None:
    evaluation = trainer.evaluate()
    entropy = -sum(share * math.log(share) for share in evaluation.load.tolist() if share)
    assert evaluation.effective_experts == pytest.approx(math.exp(entropy), rel=1e-5)
    of_tokens = [-sum(p * math.log(p) for p in row if p) for row in evaluation.routing.probs.double().tolist()]
    assert evaluation.router_entropy == pytest.approx(sum(of_tokens) / len(of_tokens), rel=1e-4, abs=1e-6)


def test_the_look_at_step_zero_is_kept(trainer: Trainer) -> None:
    fresh = Trainer(trainer.start_config)
    assert np.array_equal(trainer.untrained.load, fresh.evaluate().load)
    assert trainer.untrained.test_loss == fresh.evaluate().test_loss
    assert trainer.untrained.test_loss != trainer.evaluate().test_loss
