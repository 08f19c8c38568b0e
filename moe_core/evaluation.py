"""The models judged on the whole test split, in evaluation mode, with no random numbers drawn."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from moe_core.layer import MoELayer
from moe_core.metrics import dropped_fraction, effective_experts, expert_label_counts, router_entropy
from moe_core.model import PlainNetwork, evaluation_mode
from moe_core.plane import strongest
from moe_core.routing import Routing
from moe_core.tasks import Task


@dataclass(frozen=True)
class Evaluation:
    """What every look reports: the routing, each expert's load (E,), and losses and scores of the three models.

    Losses and scores are the task's own (see moe_core.objective). plain is the network of the same active compute,
    wide the one with as many parameters.
    """

    task: Task
    routing: Routing
    load: np.ndarray
    test_loss: float
    test_score: float
    plain_test_loss: float
    plain_test_score: float
    wide_test_loss: float
    wide_test_score: float
    effective_experts: float
    router_entropy: float

    @property
    def numbers(self) -> dict[str, float]:
        """Everything that is one number, by name: each has a curve."""
        return {name: value for name, value in vars(self).items() if isinstance(value, float)}

    @property
    def dropped_fraction(self) -> float | None:
        """Share of the assignments that found their expert full; None where experts have no capacity."""
        if self.routing.capacity is None:
            return None
        return dropped_fraction(self.routing.assigned, self.routing.kept)

    @property
    def owner(self) -> np.ndarray:
        """Whose each test example is (M,), uint8: of the experts it chose, the one with the highest probability."""
        _, owner = strongest(self.routing)
        return owner.to(torch.uint8).cpu().numpy()

    @property
    def expert_class(self) -> np.ndarray | None:
        """How many test examples of each class each expert was given (E, C), float32; None for a regression."""
        return self._counts(self.task.test_labels, self.task.num_outputs)

    @property
    def expert_cluster(self) -> np.ndarray | None:
        """The same of each sub-problem (E, clusters), float32; None where it is not known which made an example."""
        clusters = self.task.test_clusters
        return None if clusters is None else self._counts(clusters, int(clusters.max()) + 1)

    def _counts(self, labels: Tensor | None, num_labels: int) -> np.ndarray | None:
        return None if labels is None else expert_label_counts(self.routing.assigned, labels, num_labels).cpu().numpy()


def evaluate(model: MoELayer, plain: PlainNetwork, wide: PlainNetwork, task: Task) -> Evaluation:
    """Run the models over the test split."""
    objective, targets = task.objective, task.test_targets
    with evaluation_mode(model):  # To the plain networks it is all one.
        outputs, routing = model(task.test_inputs)
        answers = [outputs, plain(task.test_inputs), wide(task.test_inputs)]
        measured = [objective.loss(answer, targets) for answer in answers]
        measured += [objective.score(answer, targets) for answer in answers]
        # One transfer for all numbers, as in a training step.
        test_loss, plain_loss, wide_loss, test_score, plain_score, wide_score = torch.stack(measured).tolist()
    load = routing.load.cpu()
    return Evaluation(
        task=task,
        routing=routing,
        load=load.numpy(),
        test_loss=test_loss,
        test_score=test_score,
        plain_test_loss=plain_loss,
        plain_test_score=plain_score,
        wide_test_loss=wide_loss,
        wide_test_score=wide_score,
        effective_experts=effective_experts(load),
        router_entropy=router_entropy(routing.probs),
    )
