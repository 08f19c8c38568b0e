"""The models that train side by side: a mixture of experts, and plain networks to hold it against."""

from collections.abc import Iterator
from contextlib import contextmanager

import torch
from torch import Generator, Tensor, nn

from moe_core.capacity import build_capacity
from moe_core.config import RunConfig
from moe_core.config.routers import HashRouterConfig
from moe_core.experts import build_experts, uniform
from moe_core.grid import Grid
from moe_core.layer import MoELayer
from moe_core.routers import build_router


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


def build_mixture(config: RunConfig, generator: Generator, num_experts: int | None = None) -> MoELayer:
    """One MoE layer straight from inputs x (T, D) to outputs (T, C), its first weights drawn from `generator`.

    num_experts is the configuration's unless experts were added since.
    """
    shape, count = config.task.shape, num_experts or config.model.num_experts
    router = build_router(config.router, d_model=shape.num_inputs, num_experts=count, generator=generator)
    experts = build_experts(
        config.expert,
        num_experts=count,
        d_model=shape.num_inputs,
        d_out=shape.num_outputs,
        generator=generator,
    )
    shared = (
        build_experts(
            config.expert,
            num_experts=config.model.num_shared,
            d_model=shape.num_inputs,
            d_out=shape.num_outputs,
            generator=generator,
        )
        if config.model.num_shared
        else None
    )
    identify = Grid(config.router.num_ids) if isinstance(config.router, HashRouterConfig) else None
    return MoELayer(router, experts, capacity=build_capacity(config.capacity), shared=shared, identify=identify)


class PlainNetwork(nn.Module):
    """One network of one hidden layer, with nobody to route to it: x (T, D) to outputs (T, C).

    y = relu(x w_in + b_in) w_out + b_out
    """

    def __init__(self, num_inputs: int, width: int, num_outputs: int, generator: Generator) -> None:
        super().__init__()
        self.w_in = uniform(num_inputs, width, fan_in=num_inputs, generator=generator)
        self.b_in = uniform(width, fan_in=num_inputs, generator=generator)
        self.w_out = uniform(width, num_outputs, fan_in=width, generator=generator)
        self.b_out = uniform(num_outputs, fan_in=width, generator=generator)

    @property
    def width(self) -> int:
        """Hidden units."""
        return len(self.b_in)

    def forward(self, x: Tensor) -> Tensor:
        hidden = torch.addmm(self.b_in, x, self.w_in).relu()
        return torch.addmm(self.b_out, hidden, self.w_out)
