"""What a task asks for: a loss to be lowered, and a score that a person understands."""

from abc import ABC, abstractmethod
from typing import ClassVar, final

import torch
from torch import Tensor
from torch.nn import functional


class Objective(ABC):
    """Abstract. outputs (T, C) are the model's, targets (T,) or (T, C) the task's."""

    score_name: ClassVar[str]

    @abstractmethod
    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The scalar that training lowers."""

    @abstractmethod
    def loss_of_each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The loss of each single answer (T,). Its mean is the loss."""

    @abstractmethod
    def surprise_of_each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """-log of how likely each target is when the answer is right (T,), up to a constant."""

    @abstractmethod
    def score(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """How good the answers are, a scalar; 1 is perfect."""

    @abstractmethod
    def rightness(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """How right each single answer is: outputs (..., T, C) to (..., T). Its mean over T is the score."""


@final
class Classification(Objective):
    """loss = cross-entropy in nats, score = accuracy, 0 to 1. outputs are class scores, targets (T,) class numbers."""

    score_name: ClassVar[str] = "accuracy"

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return functional.cross_entropy(outputs, targets)

    def loss_of_each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return functional.cross_entropy(outputs, targets, reduction="none")

    def surprise_of_each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """The cross-entropy: the answer gives each class a probability."""
        return self.loss_of_each(outputs, targets)

    def score(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return (outputs.argmax(-1) == targets).float().mean()

    def rightness(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """1 where the highest score is the target's, else 0."""
        return (outputs.argmax(-1) == targets).float()


@final
class Regression(Objective):
    """loss = mean squared error, score = share of the targets' variance explained (R squared), at most 1.

        R^2 = 1 - mean (y - target)^2 / Var(target)

    The variance is the population's, over the targets given. 0 is what their mean would score; worse is negative. NaN
    where the targets do not vary, as in a batch of one: there is nothing to explain.
    """

    score_name: ClassVar[str] = "variance explained"

    def loss(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return functional.mse_loss(outputs, targets)

    def loss_of_each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return (outputs - targets).square().mean(-1)

    def surprise_of_each(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """Half the squared distance: the answer is the mean of a Gaussian whose variance is 1 in each output."""
        return 0.5 * (outputs - targets).square().sum(-1)

    def score(self, outputs: Tensor, targets: Tensor) -> Tensor:
        return self.rightness(outputs, targets).mean()

    def rightness(self, outputs: Tensor, targets: Tensor) -> Tensor:
        """1 minus each squared error in units of the targets' variance."""
        variance = targets.var(correction=0)
        return 1.0 - (outputs - targets).square().mean(-1) / variance.where(variance > 0, torch.nan)


CLASSIFICATION = Classification()
REGRESSION = Regression()
"""Neither remembers anything, so one of each is enough."""
