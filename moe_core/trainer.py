"""One run: a mixture of experts and two plain networks, taught by the same batches, one step at a time.

    loss = task loss(mixture) + balance loss + task loss(plain network) + task loss(wide network)

The three models share no parameter, so one backward pass gives each its own gradient. The trainer never draws; it
returns records and answers questions.
"""

import math
from dataclasses import dataclass

import numpy as np
import torch
from torch import Generator, Tensor

from moe_core import run_state
from moe_core.balancers import Balancer, build_balancer
from moe_core.config import ConfigError, Problem, RunConfig, cost
from moe_core.config.command import GROWING, INTERVENTIONS, Command, changed, check_meaning, with_expert_added
from moe_core.device import find_device
from moe_core.divergence import Diverged, divergence
from moe_core.evaluation import Evaluation, evaluate
from moe_core.history import History
from moe_core.interventions import Operation, intervene
from moe_core.layer import MoELayer
from moe_core.measure import measure
from moe_core.model import PlainNetwork, build_mixture
from moe_core.narrator import Story
from moe_core.optimizers import build_optimizer, retune_optimizer
from moe_core.plane import Line, Plane, draw_line, draw_plane
from moe_core.routers import retune_router
from moe_core.seeds import seeds_of_streams
from moe_core.stopping import reason_to_stop
from moe_core.tasks import Task, build_task
from moe_core.time_machine import RunState, TimeMachine

EVALUATE_EVERY = 10
"""Steps between two looks at the test split for the curves, until they are thinned."""

KEEP_EVERY = 20
"""Steps between two kept states, until they are thinned."""

MOST_COMMANDS = 10_000
"""Commands of one run: each is saved with it and given again when it is replayed."""


@dataclass(frozen=True)
class StepRecord:
    """One training step on one batch: the losses before it moved the weights."""

    step: int
    loss: float
    balance_loss: float
    plain_loss: float
    wide_loss: float


NOT_TRAINED = StepRecord(0, math.nan, math.nan, math.nan, math.nan)


class Trainer:
    """Trains the run that a configuration describes. Equal configurations and equal commands give bitwise equal runs.

    The seed and the draws give three independent streams, for the data, for the first weights and for the batches; a
    router that draws noise gets a fourth from the weights'. Raises ConfigError for a device that this machine lacks.
    """

    def __init__(self, config: RunConfig) -> None:
        self._start(config, history_version=0)

    def _start(self, config: RunConfig, history_version: int) -> None:
        training = config.training
        data, weights, batches = seeds_of_streams(training.seed, training.weights_draw, training.data_draw)
        self.start_config = self.config = config
        self.device = find_device(training.device)
        self.task: Task = build_task(config.task, np.random.default_rng(data)).to(self.device)
        shape, price = config.task.shape, cost(config)
        first_weights = Generator().manual_seed(weights)
        self.model: MoELayer = build_mixture(config, first_weights).to(self.device)
        widths = (price.plain_hidden, price.wide_hidden)
        self.plain, self.wide = (
            PlainNetwork(shape.num_inputs, width, shape.num_outputs, first_weights).to(self.device) for width in widths
        )
        self.balancer: Balancer = build_balancer(config.balancer).to(self.device)
        self.batches = Generator().manual_seed(batches)
        self.optimizer = build_optimizer(config, self.model, (self.plain, self.wide))
        self.notice()
        self.step_count = 0
        self.log: list[Command] = []
        self.divergence: str | None = None
        """Why the run cannot go on, as a sentence."""
        self.stopped: str | None = None
        """Why the run should stop at this very step, as a sentence. To go on, step again."""
        self.history = History(EVALUATE_EVERY, config.model.num_experts, history_version)
        self.kept = TimeMachine(KEEP_EVERY)
        self.untrained = self.evaluate()
        self.initial_metrics = self.measure()
        self._record(self.untrained, NOT_TRAINED, math.nan)
        self.kept.keep(self.state())

    def step(self) -> StepRecord:
        """Draw a batch, learn from it, and return what was measured on it.

        Raises Diverged before the optimizer moves, and puts back what was drawn, so that the last finite state stays.
        Each further call raises it again, until the run goes back to a step before.
        """
        if self.divergence:
            raise Diverged(self.divergence)
        self._leave_the_old_future()
        drawn_from = run_state.streams(self)
        inputs, targets = self._next_batch()
        objective = self.task.objective
        outputs, routing = self.model(inputs)
        task_loss = objective.loss(outputs, targets)
        balance_loss = self.balancer.loss(routing)
        plain_loss = objective.loss(self.plain(inputs), targets)
        wide_loss = objective.loss(self.wide(inputs), targets)
        for parameter in self.parameters.values():
            parameter.grad = None
        torch.autograd.backward(task_loss + balance_loss + plain_loss + wide_loss)
        gradients = [p.grad.flatten() for p in self.parameters.values() if p.grad is not None]
        # One transfer for all numbers: each .item() of its own would cost as much as a small matrix product.
        measured = torch.stack([task_loss, balance_loss, plain_loss, wide_loss, torch.cat(gradients).sum()])
        loss, balance, plain, wide, gradient_sum = measured.tolist()
        losses = {"loss": loss, "balance loss": balance, "plain network's loss": plain, "wide network's loss": wide}
        self.divergence = divergence(self.step_count, losses, gradient_sum, self.parameters)
        if self.divergence:
            run_state.put_streams_back(self, drawn_from)
            raise Diverged(self.divergence)
        self._move()
        self.balancer.after_step(routing)
        self.step_count += 1
        record = StepRecord(self.step_count, loss, balance, plain, wide)
        if self.history.wants(self.step_count):
            self._record(self.evaluate(), record, float(objective.score(outputs.detach(), targets)))
        if self.kept.wants(self.step_count):
            self.kept.keep(self.state())
        self.stopped = reason_to_stop(self.step_count, self.config.training, self.history)
        return record

    def do(self, name: str, value: object = None) -> None:
        """Change a live setting from the next step on, or intervene on an expert (counted from 0), and log it.

        Raises ConfigError for a setting that is not live, has no meaning in this run or has a value that is not
        allowed, for an intervention that cannot be done, and once MOST_COMMANDS were given.
        """
        if len(self.log) >= MOST_COMMANDS:
            raise ConfigError([Problem(name, value, f"the run has had {MOST_COMMANDS:,} commands; rewind to go on")])
        if name in INTERVENTIONS:
            self._intervene(name, value)
            return
        config = changed(self.config, name, value, self.num_experts)
        self._leave_the_old_future()
        self.retune(config)
        self.log.append(Command(self.step_count, name, config.settings()[name]))

    def rewind(self) -> None:
        """Back to step 0 under the present settings: same data, same first weights, same batches to come."""
        self._start(self.config, self.history.version + 1)

    def replay(self, log: list[Command], num_steps: int) -> None:
        """From step 0, do num_steps steps and give each command of `log` at its own step."""
        for command in log:
            while self.step_count < command.step:
                self.step()
            self.do(command.name, command.value)
        while self.step_count < num_steps:
            self.step()

    def state(self) -> RunState:
        """A copy of everything that decides how the run goes on."""
        tensors = {name: tensor.detach().cpu().clone() for name, tensor in run_state.tensors_of(self).items()}
        return RunState(self.step_count, tuple(self.log), tensors)

    def go_back(self, step: int) -> None:
        """To a kept step, see `kept.steps`. Later ones, and the present one, stay until the run goes on another way.

        Commands given since the step was kept are undone, those of the present step too if it is gone back to.

        Raises ValueError for a step that was not kept, naming the nearest.
        """
        state = self.kept.state(step)
        if self.step_count >= self.kept.last_step and step != self.step_count:
            self.kept.keep(self.state())
        run_state.restore(self, state)

    @property
    def num_experts(self) -> int:
        """How many experts there are now, those that were added among them."""
        return len(self.model.experts.frozen)

    def evaluate(self) -> Evaluation:
        """The models on the test split, as they are now."""
        return evaluate(self.model, self.plain, self.wide, self.task)

    def measure(self) -> dict[str, float]:
        """Every metric by name, of the models as they are now."""
        return measure(self.model, self.evaluate())

    def story(self) -> Story:
        """The curves up to this step, as the narrator reads them."""
        labels = self.task.test_labels
        rows, loads = self.history.until(self.step_count, self.num_experts)
        curves = dict(zip(History.COLUMNS, rows.T, strict=True))
        return Story(
            steps=curves["step"],
            load=loads,
            series=curves,
            score_name=self.task.objective.score_name,
            chance=0.0 if labels is None else float(labels.bincount().max() / len(labels)),
        )

    def plane(self, resolution: int) -> Plane | None:
        """The plane in resolution x resolution cells, or None when the task has other than two inputs."""
        if self.task.bounds is None or self.task.num_inputs != 2:
            return None
        return draw_plane(self.model, self.task.bounds, resolution)

    def line(self, resolution: int) -> Line | None:
        """The function on resolution places of a line, or None when the task has other than one input."""
        if self.task.bounds is None or self.task.num_inputs != 1:
            return None
        return draw_line(self.model, self.task.bounds, resolution)

    def notice(self) -> None:
        """Called when experts were added or states put back: gather again what each step would gather in vain."""
        models = (("model", self.model), ("plain", self.plain), ("wide", self.wide))
        self.parameters: dict[str, Tensor] = {
            f"{owner}.{name}": parameter for owner, model in models for name, parameter in model.named_parameters()
        }
        self.model.router.notice()
        self._any_frozen = bool(self.model.experts.frozen.any())

    def retune(self, config: RunConfig) -> None:
        """Go on under other live settings. What the balancer remembers stays."""
        self.config = config
        retune_optimizer(self.optimizer, config, self.model, (self.plain, self.wide))
        retune_router(self.model.router, config.router)
        remembered = self.balancer.state_dict()
        self.balancer = build_balancer(config.balancer).to(self.device)
        self.balancer.load_state_dict(remembered)

    def _intervene(self, name: str, expert: object) -> None:
        if name in GROWING:
            with_expert_added(self.config, self.num_experts + 1, name, expert)
        check_meaning(self.config, name, expert)
        # A stream for each command, so that a replayed log draws the same.
        seeds = np.random.SeedSequence([self.config.training.seed, self.step_count, len(self.log)])
        operation = Operation(
            layer=self.model,
            optimizer=self.optimizer,
            load=torch.from_numpy(self.evaluate().load),
            generator=Generator().manual_seed(int(seeds.generate_state(1, np.uint64)[0])),
            fresh=lambda generator: build_mixture(self.config, generator, self.num_experts),
        )
        intervene(operation, name, expert)
        self._leave_the_old_future()
        retune_optimizer(self.optimizer, self.config, self.model, (self.plain, self.wide))
        self.notice()
        self.log.append(Command(self.step_count, name, expert))

    def _leave_the_old_future(self) -> None:
        """After going back: what came later is forgotten once something new happens."""
        if max(self.history.last_step, self.kept.last_step) > self.step_count:
            self.history.forget_after(self.step_count)
            self.kept.forget_after(self.step_count)

    def _next_batch(self) -> tuple[Tensor, Tensor]:
        """Examples drawn with replacement: inputs (B, D) and targets."""
        size = (self.config.training.batch_size,)
        chosen = torch.randint(len(self.task.train_targets), size, generator=self.batches).to(self.device)
        # index_select does what task.train_inputs[chosen] does, in half the time.
        return self.task.train_inputs.index_select(0, chosen), self.task.train_targets.index_select(0, chosen)

    def _move(self) -> None:
        """One step of the optimizer. Frozen experts are put back, since momentum would move them without gradient."""
        experts = self.model.experts
        still = [(p, p.detach()[experts.frozen].clone()) for p in experts.parameters()] if self._any_frozen else []
        self.optimizer.step()
        for parameter, rows in still:
            parameter.data[experts.frozen] = rows
        self.model.router.wake()

    def _record(self, evaluation: Evaluation, record: StepRecord, train_score: float) -> None:
        self.history.append(
            load=evaluation.load,
            step=record.step,
            train_loss=record.loss,
            train_score=train_score,
            balance_loss=record.balance_loss,
            test_loss=evaluation.test_loss,
            test_score=evaluation.test_score,
            plain_train_loss=record.plain_loss,
            plain_test_loss=evaluation.plain_test_loss,
            plain_test_score=evaluation.plain_test_score,
            wide_train_loss=record.wide_loss,
            wide_test_loss=evaluation.wide_test_loss,
            wide_test_score=evaluation.wide_test_score,
            effective_experts=evaluation.effective_experts,
            router_entropy=evaluation.router_entropy,
        )
