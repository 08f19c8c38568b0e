"""One training step: a batch goes forward, is judged, its gradients go backward, and the weights move.

    loss = task loss(mixture) + balance loss + task loss(plain network) + task loss(wide network)

The three models share no parameter, so one backward pass gives each its own gradient.
"""

import math
from dataclasses import dataclass

import torch

from moe_core.divergence import Diverged, divergence
from moe_core.learners import Learners
from moe_core.run_state import put_streams_back, streams


@dataclass(frozen=True)
class StepRecord:
    """One training step on one batch: the losses before it moved the weights."""

    step: int
    loss: float
    balance_loss: float
    plain_loss: float
    wide_loss: float


NOT_TRAINED = StepRecord(0, math.nan, math.nan, math.nan, math.nan)


class TrainingStep:
    """A step under way: `forward`, `judge`, `backward` and `update` are called once each, in this order."""

    def __init__(self, learners: Learners) -> None:
        self.learners = learners

    def forward(self) -> None:
        """Draw a batch, with replacement, and let it through the models: inputs (B, D) to outputs (B, C)."""
        learners, task = self.learners, self.learners.task
        self.drawn_from = streams(learners)
        size = (learners.config.training.batch_size,)
        chosen = torch.randint(len(task.train_targets), size, generator=learners.batches).to(learners.device)
        # index_select does what task.train_inputs[chosen] does, in half the time.
        self.inputs = task.train_inputs.index_select(0, chosen)
        self.targets = task.train_targets.index_select(0, chosen)
        self.outputs, self.routing = learners.model(self.inputs)
        self.plain_outputs, self.wide_outputs = learners.plain(self.inputs), learners.wide(self.inputs)

    def judge(self) -> None:
        """The four losses, scalars."""
        objective = self.learners.task.objective
        self.task_loss = self.learners.task_loss(self.inputs, self.outputs, self.routing, self.targets)
        self.balance_loss = self.learners.balancer.loss(self.routing)
        self.plain_loss = objective.loss(self.plain_outputs, self.targets)
        self.wide_loss = objective.loss(self.wide_outputs, self.targets)

    def backward(self) -> None:
        """Give each parameter its gradient, and read the losses.

        Raises Diverged for a loss, a gradient or a logit of the router that training cannot go on from, after what was
        drawn was put back.
        """
        learners = self.learners
        for parameter in learners.parameters.values():
            parameter.grad = None
        torch.autograd.backward(self.task_loss + self.balance_loss + self.plain_loss + self.wide_loss)
        gradients = [grad.flatten() for p in learners.parameters.values() if (grad := p.grad) is not None]
        # One transfer for all numbers: each .item() of its own would cost as much as a small matrix product.
        losses = [self.task_loss, self.balance_loss, self.plain_loss, self.wide_loss]
        logits = self.routing.logits.detach()
        *numbers, sum_of_all = torch.stack([*losses, torch.cat([*gradients, logits.flatten()]).sum()]).tolist()
        names = ("loss", "balance loss", "plain network's loss", "wide network's loss")
        self.losses = dict(zip(names, numbers, strict=True))
        learners.divergence = divergence(learners.step_count, self.losses, sum_of_all, logits, learners.parameters)
        if learners.divergence:
            put_streams_back(learners, self.drawn_from)
            raise Diverged(learners.divergence)

    def update(self) -> None:
        """Move the weights. Frozen experts are put back, since momentum would move them without a gradient."""
        learners, experts = self.learners, self.learners.model.experts
        still = [(p, p.detach()[experts.frozen].clone()) for p in experts.parameters()] if learners.any_frozen else []
        learners.optimizer.step()
        for parameter, rows in still:
            parameter.data[experts.frozen] = rows
        learners.model.router.wake()
        learners.balancer.after_step(self.routing, learners.model.router)
        learners.step_count += 1

    def record(self) -> StepRecord:
        """What is written down of the step that was taken."""
        return StepRecord(self.learners.step_count, *self.losses.values())
