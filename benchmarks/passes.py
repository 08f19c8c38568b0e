"""Timed passes: forward and backward, to every weight and to the tokens, without an optimizer, in CPU time."""

import statistics
import time
from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor, nn

from benchmarks.rival_layers import Forward
from moe_core.layer import MoELayer

Pass = Callable[[], tuple[Tensor, Tensor]]
"""One pass: the output, and the gradient of the tokens."""


def output_of(layer: MoELayer) -> Forward:
    """The layer as a function to its output alone."""

    def forward(x: Tensor) -> Tensor:
        output: Tensor = layer(x)[0]
        return output

    return forward


def random(*shape: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(1))


def one_pass(model: nn.Module, forward: Forward, x: Tensor, direction: Tensor) -> Pass:
    """One pass as a function: the output, and the gradient of the tokens.

    The weights' gradients are freed at its end: whichever model comes next finds the memory as this one found it.
    """

    def run() -> tuple[Tensor, Tensor]:
        x.grad = None
        output = forward(x)
        torch.autograd.backward(output, direction)
        model.zero_grad()
        assert x.grad is not None
        return output.detach(), x.grad

    return run


def times(functions: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """CPU seconds of one call of each. A call that is not timed comes before every one that is, so that each finds the
    caches and the memory as it leaves them itself, and not as the one before it in the list does."""
    taken: dict[str, list[float]] = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            function()
            began = time.process_time()
            function()
            taken[name].append(time.process_time() - began)
    return taken


def median_ratio(taken: dict[str, list[float]], one: str, other: str) -> float:
    return statistics.median(mine / its for mine, its in zip(taken[one], taken[other], strict=True))
