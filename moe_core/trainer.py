"""One run: a mixture of experts and a plain network, taught by the same batches, one step at a time.

    loss = cross-entropy(mixture) + balance loss + cross-entropy(plain network)

The two models share no parameter, so one backward pass gives each its own gradient. The trainer never draws; it
returns records and answers questions.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from moe_core.balancers import build_balancer
from moe_core.config import LIVE_FIELDS, TABLE, ConfigError, Problem, RunConfig
from moe_core.evaluation import Evaluation, evaluate
from moe_core.history import History
from moe_core.metrics import accuracy
from moe_core.model import MoEClassifier, PlainNetwork
from moe_core.plane import Plane, draw_plane
from moe_core.tasks import build_task

EVALUATE_EVERY = 10
"""Steps between two looks at the test split for the curves."""

LOSS_LIMIT = 1e6
"""A loss above this has diverged, even while it is finite: chance is ln C, at most a few nats."""


class Diverged(ArithmeticError):
    """Training cannot go on: a loss or gradient is not finite, or the loss passed LOSS_LIMIT. Says which, and when."""


@dataclass(frozen=True)
class StepRecord:
    """One training step on one batch: losses in nats (before the step moved the weights), accuracy from 0 to 1."""

    step: int
    loss: float
    balance_loss: float
    plain_loss: float
    accuracy: float


@dataclass(frozen=True)
class Command:
    """A change of a live field, made when `step` steps were done."""

    step: int
    field: str
    value: Any


class Trainer:
    """Trains the run that a configuration describes. Equal configurations and equal commands give bitwise equal runs.

    The seed gives three independent streams, for the data, for the first weights and for the batches.
    """

    def __init__(self, config: RunConfig) -> None:
        self.start_config = config
        self._start(config, history_version=0)

    def _start(self, config: RunConfig, history_version: int) -> None:
        data, weights, batches = np.random.SeedSequence(config.training.seed).generate_state(3, np.uint64).tolist()
        self.config = config
        self.task = build_task(config.task, np.random.default_rng(data))
        first_weights = torch.Generator().manual_seed(weights)
        self.model = MoEClassifier(config, first_weights)
        self.plain = PlainNetwork(config, first_weights)
        self.balancer = build_balancer(config.balancer)
        self.batches = torch.Generator().manual_seed(batches)
        self.parameters: dict[str, Tensor] = {
            f"{owner}.{name}": parameter
            for owner, module in (("model", self.model), ("plain", self.plain))
            for name, parameter in module.named_parameters()
        }
        self.optimizer = torch.optim.Adam(self.parameters.values(), lr=config.training.learning_rate, fused=True)
        self.step_count = 0
        self.log: list[Command] = []
        self.divergence: str | None = None
        self.history = History(EVALUATE_EVERY, history_version)
        self.untrained = self.evaluate()
        self._record(self.untrained, StepRecord(0, math.nan, math.nan, math.nan, math.nan))

    def step(self) -> StepRecord:
        """Draw a batch, learn from it, and return what was measured on it.

        Raises Diverged before the optimizer moves, so that the last finite state stays. Each further call raises it
        again, until rewind.
        """
        if self.divergence:
            raise Diverged(self.divergence)
        inputs, labels = self._next_batch()
        scores, routing = self.model(inputs)
        task_loss = functional.cross_entropy(scores, labels)
        balance_loss = self.balancer.loss(routing)
        plain_loss = functional.cross_entropy(self.plain(inputs), labels)
        self.optimizer.zero_grad()
        torch.autograd.backward(task_loss + balance_loss + plain_loss)
        # A sum is finite only if every term is, so this one number vouches for all gradients.
        gradient_sum = torch.cat([p.grad.flatten() for p in self.parameters.values() if p.grad is not None]).sum()
        # One transfer for all numbers: each .item() of its own would cost as much as a small matrix product.
        measured = torch.stack([task_loss, balance_loss, plain_loss, accuracy(scores, labels), gradient_sum])
        loss, balance, plain, batch_accuracy, gradients = measured.tolist()
        self._check_finite({"loss": loss, "balance loss": balance, "plain network's loss": plain}, gradients)
        self.optimizer.step()
        self.balancer.after_step(routing)
        self.step_count += 1
        record = StepRecord(self.step_count, loss, balance, plain, batch_accuracy)
        if self.history.wants(self.step_count):
            self._record(self.evaluate(), record)
        return record

    def set(self, field: str, value: object) -> None:
        """Change a live field from the next step on, and log it.

        Raises ConfigError for a field that is not live, has no meaning in this run, or a value that is not allowed.
        """
        if field in TABLE and field not in LIVE_FIELDS:
            raise ConfigError([Problem(field, value, "it restarts the run, so it cannot change while the run goes on")])
        config, problems = self.config.merge({field: value})
        if problems:
            raise ConfigError(problems)
        self.config = config
        self.log.append(Command(self.step_count, field, config.settings()[field]))
        for group in self.optimizer.param_groups:
            group["lr"] = config.training.learning_rate
        remembered = self.balancer.state_dict()
        self.balancer = build_balancer(config.balancer)
        self.balancer.load_state_dict(remembered)

    def rewind(self) -> None:
        """Back to step 0 under the present settings: same data, same first weights, same batches to come."""
        self.start_config = self.config
        self._start(self.config, self.history.version + 1)

    def replay(self, log: list[Command], num_steps: int) -> None:
        """From step 0, do num_steps steps and give each command of `log` at its own step."""
        for command in log:
            while self.step_count < command.step:
                self.step()
            self.set(command.field, command.value)
        while self.step_count < num_steps:
            self.step()

    @property
    def initial_load(self) -> np.ndarray:
        """Load of each expert at step 0 (E,)."""
        return self.untrained.load

    @property
    def initial_metrics(self) -> dict[str, float]:
        """Every metric at step 0."""
        return self.untrained.metrics()

    def evaluate(self) -> Evaluation:
        """Both models on the test split, as they are now."""
        return evaluate(self.model, self.plain, self.task)

    def plane(self, resolution: int) -> Plane | None:
        """The plane in resolution x resolution cells, or None when the task has other than two inputs."""
        return draw_plane(self.model, self.task.bounds, resolution) if self.task.bounds else None

    def _next_batch(self) -> tuple[Tensor, Tensor]:
        """Examples drawn with replacement: inputs (B, D) and labels (B,)."""
        size = (self.config.training.batch_size,)
        chosen = torch.randint(len(self.task.train_labels), size, generator=self.batches)
        return self.task.train_inputs[chosen], self.task.train_labels[chosen]

    def _check_finite(self, losses: dict[str, float], gradient_sum: float) -> None:
        step = self.step_count
        for name, value in losses.items():
            if not math.isfinite(value) or value > LOSS_LIMIT:
                self.divergence = f"Training diverged after step {step}: the {name} is {value:.3g}."
                raise Diverged(self.divergence)
        if not math.isfinite(gradient_sum):
            broken = [name for name, p in self.parameters.items() if p.grad is not None and not p.grad.sum().isfinite()]
            names = ", ".join(broken) or "all parameters together"
            self.divergence = f"Training diverged after step {step}: the gradient of {names} is not finite."
            raise Diverged(self.divergence)

    def _record(self, evaluation: Evaluation, record: StepRecord) -> None:
        self.history.append(
            step=record.step,
            train_loss=record.loss,
            train_accuracy=record.accuracy,
            test_loss=evaluation.test_loss,
            test_accuracy=evaluation.test_accuracy,
            plain_train_loss=record.plain_loss,
            plain_test_loss=evaluation.plain_test_loss,
            plain_test_accuracy=evaluation.plain_test_accuracy,
            effective_experts=evaluation.effective_experts,
        )
