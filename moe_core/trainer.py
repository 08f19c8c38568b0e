"""One run: what learns, step by step, and what was done to it, with its curves and the states that were kept.

The trainer never draws; it returns records and answers questions.
"""

import math
from collections.abc import Generator

import numpy as np
import torch

from moe_core import run_state
from moe_core.config import ConfigError, Problem, RunConfig
from moe_core.config.command import GROWING, INTERVENTIONS, Command, after, changed, check_meaning, with_expert_added
from moe_core.divergence import Diverged
from moe_core.evaluation import Evaluation
from moe_core.history import History
from moe_core.interventions import Operation, intervene
from moe_core.learners import Learners
from moe_core.model import build_mixture
from moe_core.stages import Stage, stages_before_update, watched_update
from moe_core.stopping import reason_to_stop
from moe_core.time_machine import RunState, TimeMachine
from moe_core.training_step import NOT_TRAINED, StepRecord, TrainingStep

EVALUATE_EVERY = 10
"""Steps between two looks at the test split for the curves, until they are thinned."""

KEEP_EVERY = 20
"""Steps between two kept states, until they are thinned."""

MOST_COMMANDS = 10_000
"""Commands of one run: each is saved with it and given again when it is replayed."""


class Trainer(Learners):
    """Trains the run that a configuration describes. Equal configurations and equal commands give bitwise equal runs.

    Raises ConfigError for a device that this machine does not have.
    """

    def __init__(self, config: RunConfig) -> None:
        self._start(config, history_version=0)

    def _start(self, config: RunConfig, history_version: int) -> None:
        self.build(config)
        self.start_config = config
        self.log: list[Command] = []
        self.stopped: str | None = None
        """Why the run should stop at this very step, as a sentence. To go on, step again."""
        self.history = History(EVALUATE_EVERY, config.model.num_experts, history_version)
        self.kept = TimeMachine(KEEP_EVERY)
        self.untrained = self.evaluate()
        self.recorded: tuple[int, Evaluation] | None = None
        """The last look at the test split that went into the curves, and its step."""
        self.initial_metrics = self.measure()
        self._record(self.untrained, NOT_TRAINED, math.nan)
        self.kept.keep(self.state())

    def step(self) -> StepRecord:
        """Draw a batch, learn from it, and return what was measured on it.

        Raises Diverged before the optimizer moves, and puts back what was drawn, so that the last finite state stays.
        Each further call raises it again, until the run goes back to a step before.
        """
        step = self._begin()
        step.forward()
        step.judge()
        step.backward()
        self.leave_the_old_future()
        step.update()
        return self._finish(step)

    def stages(self) -> Generator[Stage, None, StepRecord]:
        """The same step, bitwise, for somebody who watches: see `moe_core.stages`. The record is what it returns.

        Up to the last stage the run is as it was before the step, so to leave off is to have done nothing. Raises
        Diverged as `step` does, and RuntimeError when the run was changed between two stages.
        """
        step = self._begin()
        yield from stages_before_update(step)
        self.leave_the_old_future()
        update = watched_update(step)
        record = self._finish(step)
        yield update
        return record

    def do(self, name: str, value: object = None) -> None:
        """Change a live setting from the next step on, or intervene on an expert (counted from 0), and log it.

        Raises ConfigError for a setting that is not live, has no meaning in this run or has a value that is not
        allowed, for an intervention that cannot be done, and once MOST_COMMANDS were given.
        """
        self.check_room_for(1, name, value)
        if name in INTERVENTIONS:
            self._intervene(name, value)
            return
        config = changed(self.config, name, value, self.num_experts)
        self.leave_the_old_future()
        self.retune(config)
        self.log.append(Command(self.step_count, name, config.settings()[name]))

    def check_room_for(self, num_commands: int, name: str, value: object) -> None:
        """Raises ConfigError when so many further commands, this one the last of them, would pass MOST_COMMANDS."""
        if len(self.log) + num_commands > MOST_COMMANDS:
            raise ConfigError([Problem(name, value, f"the run has had {MOST_COMMANDS:,} commands; rewind to go on")])

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
        self.restore(state)

    def fork(self) -> "Trainer":
        """A copy of this run: as it is now, with its curves and its kept states. Bitwise it goes on as this one does.

        Raises ValueError where the run could not start again, since its own table is gone, say.
        """
        other = Trainer(self.start_config)
        other.history, other.kept = self.history.copy(), self.kept.copy()
        other.restore(self.state())
        other.divergence = self.divergence
        return other

    def restore(self, state: RunState) -> None:
        """Put a state of this run back. The run then goes on as it did from there; curves and kept states stay.

        The state's tensors have the names, types and shapes of those of a run with as many experts.
        """
        config, num_experts = after(self.start_config, state.log)
        self.make_room(num_experts)
        self.retune(config)
        run_state.put_back(self, state.tensors)
        self.step_count = state.step
        self.log = list(state.log)
        self.divergence = self.stopped = None
        self.recorded = None

    def _intervene(self, name: str, expert: object) -> None:
        check_meaning(self.config, name, expert)
        if name in GROWING:
            with_expert_added(self.config, self.num_experts + 1, name, expert)
        # A stream for each command, so that a replayed log draws the same.
        seeds = np.random.SeedSequence([self.config.training.seed, self.step_count, len(self.log)])
        operation = Operation(
            layer=self.model,
            optimizer=self.optimizer,
            load=torch.from_numpy(self.evaluate().load),
            generator=torch.Generator().manual_seed(int(seeds.generate_state(1, np.uint64)[0])),
            fresh=lambda generator: build_mixture(self.config, generator, self.num_experts),
        )
        intervene(operation, name, expert)
        self.leave_the_old_future()
        self.retune_optimizer()
        self.notice()
        self.log.append(Command(self.step_count, name, expert))

    def _begin(self) -> TrainingStep:
        if self.divergence:
            raise Diverged(self.divergence)
        return TrainingStep(self)

    def _finish(self, step: TrainingStep) -> StepRecord:
        """What is written down of a step that was taken."""
        record = step.record()
        if self.history.wants(self.step_count):
            train_score = self.task.objective.score(step.outputs.detach(), step.targets)
            self._record(self.evaluate(), record, float(train_score))
        if self.kept.wants(self.step_count):
            self.kept.keep(self.state())
        self.stopped = reason_to_stop(self.step_count, self.config.training, self.history)
        return record

    def leave_the_old_future(self) -> None:
        """After going back: what came later is forgotten once something new happens, here or beside this run."""
        if max(self.history.last_step, self.kept.last_step) > self.step_count:
            self.history.forget_after(self.step_count)
            self.kept.forget_after(self.step_count)

    def _record(self, evaluation: Evaluation, record: StepRecord, train_score: float) -> None:
        self.recorded = (self.step_count, evaluation)
        self.history.append(
            load=evaluation.load,
            step=record.step,
            train_loss=record.loss,
            train_score=train_score,
            balance_loss=record.balance_loss,
            plain_train_loss=record.plain_loss,
            wide_train_loss=record.wide_loss,
            **evaluation.numbers,
        )
