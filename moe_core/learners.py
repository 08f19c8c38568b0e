"""What learns in a run, and what makes it learn: three models, a balancer, an optimizer, and the batches to come.

A mixture of experts and two plain networks are taught by the same batches. Here is what they are now, and how they are
looked at. What was before, and what comes next, is the trainer's.
"""

import numpy as np
from torch import Generator, Tensor

from moe_core.balancers import Balancer, build_balancer
from moe_core.config import RunConfig, cost
from moe_core.device import find_device
from moe_core.evaluation import Evaluation, evaluate
from moe_core.layer import MoELayer
from moe_core.measure import measure
from moe_core.mixture_losses import MIXTURE_LOSSES
from moe_core.model import PlainNetwork, build_mixture
from moe_core.optimizers import build_optimizer, retune_optimizer
from moe_core.plane import Line, Plane, draw_line, draw_plane
from moe_core.routers import retune
from moe_core.routing import Routing
from moe_core.seeds import seeds_of_streams
from moe_core.tasks import Task, build_task


class Learners:
    """Everything that a configuration describes, at step 0.

    The seed and the draws give three independent streams, for the data, for the first weights and for the batches; a
    router that draws noise gets a fourth from the weights'. Raises ConfigError for a device that this machine lacks.
    """

    def __init__(self, config: RunConfig) -> None:
        self.build(config)

    def build(self, config: RunConfig) -> None:
        """Begin at step 0, whatever there was before."""
        training = config.training
        data, weights, batches = seeds_of_streams(training.seed, training.weights_draw, training.data_draw)
        self.config = config
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
        self.divergence: str | None = None
        """Why training cannot go on, as a sentence."""

    @property
    def num_experts(self) -> int:
        """How many experts there are now, those that were added among them."""
        return len(self.model.experts.frozen)

    def task_loss(self, inputs: Tensor, outputs: Tensor, routing: Routing, targets: Tensor) -> Tensor:
        """What the mixture is trained to lower, beside the balance loss: the mean of `task_loss_of_each`."""
        if self.config.training.mixture_loss == "cooperative":
            return self.task.objective.loss(outputs, targets)
        return self.task_loss_of_each(inputs, outputs, routing, targets).mean()

    def task_loss_of_each(self, inputs: Tensor, outputs: Tensor, routing: Routing, targets: Tensor) -> Tensor:
        """How wrong the mixture is about each token (T,), by the configuration's mixture loss."""
        name = self.config.training.mixture_loss
        if name == "cooperative":
            return self.task.objective.loss_of_each(outputs, targets)
        answers = self.model.expert_outputs(inputs)
        return MIXTURE_LOSSES[name](routing, answers, targets, self.task.objective)

    def evaluate(self) -> Evaluation:
        """The models on the test split, as they are now."""
        return evaluate(self.model, self.plain, self.wide, self.task)

    def measure(self) -> dict[str, float]:
        """Every metric by name, of the models as they are now."""
        return measure(self.model, self.evaluate())

    def plane(self, resolution: int) -> Plane | None:
        """The plane in resolution x resolution cells, or None for a task that is no plane."""
        if self.task.bounds is None or self.task.num_coordinates != 2:
            return None
        by_belief, features = self.config.router.looks_at_batch, self.task.features
        return draw_plane(self.model, self.task.bounds, resolution, features=features, by_belief=by_belief)

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
        # The training step looks at the logits itself.
        self.model.router.refuses = False
        self.any_frozen = bool(self.model.experts.frozen.any())

    def retune(self, config: RunConfig) -> None:
        """Go on under other live settings. What the balancer remembers stays."""
        self.config = config
        self.retune_optimizer()
        retune(self.model.router, config.router)
        if self.model.capacity is not None:
            retune(self.model.capacity, config.capacity)
        remembered = self.balancer.state_dict()
        self.balancer = build_balancer(config.balancer).to(self.device)
        self.balancer.load_state_dict(remembered)

    def retune_optimizer(self) -> None:
        """Give the optimizer the present settings, and the parameters as they are now."""
        retune_optimizer(self.optimizer, self.config, self.model, (self.plain, self.wide))

    def make_room(self, num_experts: int) -> None:
        """Have so many experts, their weights still to be put there."""
        if num_experts == self.num_experts:
            return
        self.model = build_mixture(self.config, Generator(), num_experts).to(self.device)
        self.optimizer = build_optimizer(self.config, self.model, (self.plain, self.wide))
        self.notice()
