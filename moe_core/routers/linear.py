"""What linear routers share: the matrix, its bias and how they start. h = (W x + b) / temperature."""

import math
from typing import Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from moe_core.routers.router import Router

RouterInit = Literal["normal", "circle"]

LEAST_TEMPERATURE = 0.01


class LinearRouter(Router):
    """Abstract. Holds `weight` (E, D) and `bias` (E,) or None; the bias starts at zero, but for a circle on a line.

    router_init = normal: each entry of W from N(0, router_init_scale^2 / D).
    router_init = circle: the E rows are unit vectors times router_init_scale, evenly spaced around a circle in a random
        plane (the plane itself when D = 2), with a random phase and in random order. On a plane with zero bias only
        rows on the convex hull can ever win, so a normal start leaves some experts without a point before training.
        On a line (D = 1) there is no circle; rows 2 c and biases -c^2, times the scale, with c evenly spaced in
        (-1, 1), give every expert the interval around its c. That needs the bias: without it the two outer ones win.
    temperature: the logits are divided by it. Raises ValueError for one below 0.01.
    """

    def __init__(
        self,
        *,
        d_model: int,
        num_experts: int,
        generator: Generator,
        router_init: RouterInit = "normal",
        router_init_scale: float = 1.0,
        router_bias: bool = True,
        temperature: float = 1.0,
    ) -> None:
        super().__init__(num_experts)
        if not temperature >= LEAST_TEMPERATURE:
            raise ValueError(f"temperature = {temperature} was refused: it is at least {LEAST_TEMPERATURE}.")
        rows, biases = start_rows(router_init, num_experts, d_model, generator)
        self.weight = nn.Parameter(router_init_scale * rows)
        self.bias = nn.Parameter(router_init_scale * biases) if router_bias else None
        self.temperature = temperature

    def logits(self, x: Tensor) -> Tensor:
        """h: x (T, D) to (T, E). A handicap counts in full, however cold or hot the router is."""
        logits = functional.linear(x, self.weight, self.bias)
        if self.temperature != 1.0:
            logits = logits / self.temperature
        if self.touched:
            logits = logits + self.offset / min(self.temperature, 1.0)
        return logits if self.moved is None else logits + self.moved


def start_rows(router_init: RouterInit, num_experts: int, d_model: int, generator: Generator) -> tuple[Tensor, Tensor]:
    """First rows (E, D) of a router and first biases (E,), before scaling."""
    zeros = torch.zeros(num_experts)
    if router_init == "normal":
        return torch.randn(num_experts, d_model, generator=generator) / math.sqrt(d_model), zeros
    phase = torch.rand((), generator=generator) * 2 * math.pi
    order = torch.randperm(num_experts, generator=generator)
    if d_model == 1:
        centres = (2 * order + 1) / num_experts - 1
        return 2 * centres.unsqueeze(-1), -centres.square()
    angles = phase + 2 * math.pi * order / num_experts
    circle = torch.stack([angles.cos(), angles.sin()], dim=-1)
    if d_model == 2:
        return circle, zeros
    plane, _ = torch.linalg.qr(torch.randn(d_model, 2, generator=generator))
    return circle @ plane.T, zeros
