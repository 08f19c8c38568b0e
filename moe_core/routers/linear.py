"""What linear routers share: the matrix, its bias and how they start. logits = x W^T + b, W of shape (E, D)."""

import math
from typing import Literal

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from moe_core.routers.router import Router

RouterInit = Literal["normal", "circle"]


class LinearRouter(Router):
    """Abstract. Holds `weight` (E, D) and `bias` (E,) or None; the bias starts at zero.

    router_init = normal: each entry of W from N(0, router_init_scale^2 / D).
    router_init = circle: the E rows are unit vectors times router_init_scale, evenly spaced around a circle in a random
        plane (the plane itself when D = 2), with a random phase and in random order. On a plane with zero bias only
        rows on the convex hull can ever win, so a normal start leaves some experts without a point before training.
    Raises ValueError for a circle with D < 2.
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
    ) -> None:
        super().__init__()
        rows = router_init_scale * start_rows(router_init, num_experts, d_model, generator)
        self.weight = nn.Parameter(rows)
        self.bias = nn.Parameter(torch.zeros(num_experts)) if router_bias else None

    def logits(self, x: Tensor) -> Tensor:
        """Raw scores: x (T, D) to (T, E)."""
        return functional.linear(x, self.weight, self.bias)


def start_rows(router_init: RouterInit, num_experts: int, d_model: int, generator: Generator) -> Tensor:
    """First rows (E, D) of a router, before scaling."""
    if router_init == "normal":
        return torch.randn(num_experts, d_model, generator=generator) / math.sqrt(d_model)
    if d_model < 2:
        raise ValueError(f"router_init = circle was refused: it needs inputs of at least 2 dimensions, not {d_model}.")
    phase = torch.rand((), generator=generator) * 2 * math.pi
    order = torch.randperm(num_experts, generator=generator)
    angles = phase + 2 * math.pi * order / num_experts
    circle = torch.stack([angles.cos(), angles.sin()], dim=-1)
    if d_model == 2:
        return circle
    plane, _ = torch.linalg.qr(torch.randn(d_model, 2, generator=generator))
    return circle @ plane.T
