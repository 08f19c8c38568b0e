"""The two models that train side by side: a mixture of experts, and one plain network of the same active compute."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Generator, Tensor, nn

from moe_core.config import RunConfig, cost
from moe_core.experts import Experts, uniform
from moe_core.layer import MoELayer
from moe_core.routers import build_router
from moe_core.routing import Routing


@contextmanager
def evaluation_mode(*models: nn.Module) -> Iterator[None]:
    """Look at models without changing them: no gradients, no noise, and back to training afterwards."""
    for model in models:
        model.eval()
    try:
        with torch.inference_mode():
            yield
    finally:
        for model in models:
            model.train()


class MoEClassifier(nn.Module):
    """One MoE layer straight from inputs x (T, D) to class scores (T, C). It also returns the routing."""

    def __init__(self, config: RunConfig, generator: Generator) -> None:
        super().__init__()
        num_inputs, num_classes = config.task.num_inputs, config.task.num_classes
        num_experts = config.model.num_experts
        router = build_router(config.router, d_model=num_inputs, num_experts=num_experts, generator=generator)
        experts = Experts(num_experts, num_inputs, config.model.d_hidden, num_classes, generator)
        self.layer = MoELayer(router, experts)

    def forward(self, x: Tensor) -> tuple[Tensor, Routing]:
        output: tuple[Tensor, Routing] = self.layer(x)
        return output


class PlainNetwork(nn.Module):
    """One network of one hidden layer, with nobody to route to it: x (T, D) to class scores (T, C).

        y = relu(x w_in + b_in) w_out + b_out

    Its width makes it cost as many products a token as the mixture's router and k experts together, rounded to a
    whole unit (see moe_core.config.cost).
    """

    def __init__(self, config: RunConfig, generator: Generator) -> None:
        super().__init__()
        num_inputs, num_classes, width = config.task.num_inputs, config.task.num_classes, cost(config).plain_hidden
        self.w_in = uniform(num_inputs, width, fan_in=num_inputs, generator=generator)
        self.b_in = uniform(width, fan_in=num_inputs, generator=generator)
        self.w_out = uniform(width, num_classes, fan_in=width, generator=generator)
        self.b_out = uniform(num_classes, fan_in=width, generator=generator)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.addmm(self.b_in, x, self.w_in).relu()
        return torch.addmm(self.b_out, hidden, self.w_out)
