"""The model judged on the whole test split, in evaluation mode, with no random numbers drawn."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from moe_core.metrics import (
    accuracy,
    dead_experts,
    effective_experts,
    expert_label_counts,
    expert_label_nmi,
    max_violation,
)
from moe_core.model import MoEClassifier, PlainNetwork, evaluation_mode
from moe_core.tasks import Task


@dataclass(frozen=True)
class Evaluation:
    """assigned (M, E) bool, load (E,), and the losses (nats) and accuracies (0 to 1) of the mixture and its rival."""

    task: Task
    assigned: Tensor
    load: np.ndarray
    test_loss: float
    test_accuracy: float
    plain_test_loss: float
    plain_test_accuracy: float
    effective_experts: float

    @property
    def expert_class(self) -> np.ndarray:
        """How many test examples of each class each expert was given (E, C), float32."""
        return expert_label_counts(self.assigned, self.task.test_labels, self.task.num_classes).numpy()

    def metrics(self) -> dict[str, float]:
        """Every number by name. The agreement with classes and clusters is computed here, since it costs most."""
        load = torch.from_numpy(self.load)
        numbers = {
            "test_loss": self.test_loss,
            "test_accuracy": self.test_accuracy,
            "plain_test_loss": self.plain_test_loss,
            "plain_test_accuracy": self.plain_test_accuracy,
            "effective_experts": self.effective_experts,
            "max_violation": max_violation(load),
            "dead_fraction": float(dead_experts(load).float().mean()),
            "expert_class_nmi": expert_label_nmi(self.assigned, self.task.test_labels),
        }
        if self.task.test_clusters is not None:
            numbers["expert_cluster_nmi"] = expert_label_nmi(self.assigned, self.task.test_clusters)
        return numbers


def evaluate(model: MoEClassifier, plain: PlainNetwork, task: Task) -> Evaluation:
    """Run both models over the test split."""
    with evaluation_mode(model, plain):
        scores, routing = model(task.test_inputs)
        plain_scores = plain(task.test_inputs)
    load = routing.load
    return Evaluation(
        task=task,
        assigned=routing.assigned,
        load=load.numpy(),
        test_loss=float(functional.cross_entropy(scores, task.test_labels)),
        test_accuracy=float(accuracy(scores, task.test_labels)),
        plain_test_loss=float(functional.cross_entropy(plain_scores, task.test_labels)),
        plain_test_accuracy=float(accuracy(plain_scores, task.test_labels)),
        effective_experts=effective_experts(load),
    )
