"""The MoE layer against other ways to compute it, and against what the processor's matrix products can do.

One pass is forward and backward, to every weight and to the tokens, without an optimizer, in CPU time of one thread, in
float32. Routers choose 2 of E experts, and only the chosen experts' products count as work.
"""

import statistics
import time
from collections.abc import Callable, Mapping

import torch
from torch import Generator, Tensor, nn

from benchmarks.rival_layers import Forward, lucidrains_mixture_of_experts, lucidrains_st_moe, naive_loop
from benchmarks.row import Row, table
from moe_core.experts import MLPExperts
from moe_core.layer import MoELayer
from moe_core.routers import TopKRouter

TOP = 2
ROUNDS, WIDE_ROUNDS = 15, 7
MATRIX = 2048


def measure() -> list[Row]:
    """All in turn, so that a slow moment of the machine falls on all; medians, and medians of the ratios."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    rows = [*_against_rivals(), *_with_many_experts()]
    torch.set_num_threads(threads)
    return rows


def _against_rivals(num_tokens: int = 1024, d_model: int = 128, d_hidden: int = 256, num_experts: int = 8) -> list[Row]:
    layer, x = _layer(d_model, d_hidden, num_experts), _random(num_tokens, d_model).requires_grad_()
    with torch.no_grad():
        most_tokens = int(layer.router(x).kept.sum(0).max())
    direction = _random(num_tokens, d_model)
    matrix = _random(MATRIX, MATRIX)
    rivals = {
        "the loop over experts": naive_loop(layer),
        "mixture-of-experts": lucidrains_mixture_of_experts(layer, most_tokens),
        "st-moe-pytorch": lucidrains_st_moe(layer, most_tokens),
    }
    ours = _pass(layer, _output_of(layer), x, direction)
    passes = {name: _pass(model, forward, x, direction) for name, (model, forward) in rivals.items()}
    wanted, gradient = ours()
    for name, rival in passes.items():
        for found, exact in zip(rival(), (wanted, gradient), strict=True):
            torch.testing.assert_close(found, exact, rtol=1e-3, atol=1e-4, msg=f"{name} computes something else.")

    timed = {"ours": ours, "product": lambda: matrix @ matrix, **passes}
    times = _times(timed, ROUNDS)
    flops = 3 * 2 * num_tokens * TOP * 2 * d_model * d_hidden
    shares = [
        100 * flops / mine / (2 * MATRIX**3 / product)
        for mine, product in zip(times["ours"], times["product"], strict=True)
    ]
    share = statistics.median(shares)
    shape = f"T={num_tokens}, D={d_model}, F={d_hidden}, E={num_experts}, k={TOP}"
    rows = [
        Row(f"layer {shape}, CPU time, 1 thread", statistics.median(times["ours"]) * 1e3, "ms"),
        Row("its products / rate of large products", share, "%", ">= 60 %", share >= 60),
    ]
    for name in passes:
        ratio = _ratio(times, "ours", name)
        rows.append(Row(f"layer / {name}", ratio, "x", "< 1", ratio < 1))
    return rows


def _with_many_experts(num_tokens: int = 4096, d_model: int = 256, d_hidden: int = 1024) -> list[Row]:
    x, direction = _random(num_tokens, d_model).requires_grad_(), _random(num_tokens, d_model)
    layers = {str(num_experts): _layer(d_model, d_hidden, num_experts) for num_experts in (8, 64)}
    passes = {name: _pass(layer, _output_of(layer), x, direction) for name, layer in layers.items()}
    times = _times(passes, WIDE_ROUNDS)
    ratio = _ratio(times, "64", "8")
    shape = f"T={num_tokens}, D={d_model}, F={d_hidden}, E=8, k={TOP}"
    return [
        Row(f"layer {shape}, CPU time, 1 thread", statistics.median(times["8"]) * 1e3, "ms"),
        Row("the same with E=64 / with E=8", ratio, "x", "<= 1.4", ratio <= 1.4),
    ]


def _layer(d_model: int, d_hidden: int, num_experts: int) -> MoELayer:
    """A layer D -> F -> D whose biases are zero, since one of the rivals has none."""
    generator = Generator().manual_seed(0)
    router = TopKRouter(
        num_experts=num_experts, d_model=d_model, k=TOP, renormalize=True, router_bias=False, generator=generator
    )
    experts = MLPExperts(
        num_experts=num_experts, d_model=d_model, d_out=d_model, d_hidden=d_hidden, generator=generator
    )
    nn.init.zeros_(experts.b_in)
    nn.init.zeros_(experts.b_out)
    return MoELayer(router, experts)


def _output_of(layer: MoELayer) -> Forward:
    """The layer as a function to its output alone."""

    def forward(x: Tensor) -> Tensor:
        output: Tensor = layer(x)[0]
        return output

    return forward


def _random(*shape: int) -> Tensor:
    return torch.randn(shape, generator=Generator().manual_seed(1))


def _pass(model: nn.Module, forward: Forward, x: Tensor, direction: Tensor) -> Callable[[], tuple[Tensor, Tensor]]:
    """One pass as a function: the output, and the gradient of the tokens."""

    def run() -> tuple[Tensor, Tensor]:
        model.zero_grad()
        x.grad = None
        output = forward(x)
        torch.autograd.backward(output, direction)
        assert x.grad is not None
        return output.detach(), x.grad

    return run


def _times(functions: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """CPU seconds of one call of each, after a call that warms up."""
    times: dict[str, list[float]] = {name: [] for name in functions}
    for function in functions.values():
        function()
    for _ in range(rounds):
        for name, function in functions.items():
            began = time.process_time()
            function()
            times[name].append(time.process_time() - began)
    return times


def _ratio(times: dict[str, list[float]], one: str, other: str) -> float:
    return statistics.median(mine / its for mine, its in zip(times[one], times[other], strict=True))


if __name__ == "__main__":
    print(table(measure()))
