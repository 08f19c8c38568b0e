"""The MoE layer against other ways to compute it, and against what the processor's matrix products can do.

One pass is forward and backward, to every weight and to the tokens, without an optimizer, in CPU time of one thread, in
float32. Routers choose 2 of E experts, and only the chosen experts' products count as work.
"""

import statistics

import torch
from torch import Generator, nn

from benchmarks.passes import median_ratio, one_pass, output_of, random, times
from benchmarks.rival_layers import lucidrains_mixture_of_experts, lucidrains_st_moe, naive_loop
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
    layer, x = _layer(d_model, d_hidden, num_experts), random(num_tokens, d_model).requires_grad_()
    with torch.no_grad():
        most_tokens = int(layer.router(x).kept.sum(0).max())
    direction = random(num_tokens, d_model)
    matrix = random(MATRIX, MATRIX)
    rivals = {
        "the loop over experts": naive_loop(layer),
        "mixture-of-experts": lucidrains_mixture_of_experts(layer, most_tokens),
        "st-moe-pytorch": lucidrains_st_moe(layer, most_tokens),
    }
    ours = one_pass(layer, output_of(layer), x, direction)
    passes = {name: one_pass(model, forward, x, direction) for name, (model, forward) in rivals.items()}
    wanted, gradient = ours()
    for name, rival in passes.items():
        for found, exact in zip(rival(), (wanted, gradient), strict=True):
            torch.testing.assert_close(found, exact, rtol=1e-3, atol=1e-4, msg=f"{name} computes something else.")

    timed = {"ours": ours, "product": lambda: matrix @ matrix, **passes}
    taken = times(timed, ROUNDS)
    flops = 3 * 2 * num_tokens * TOP * 2 * d_model * d_hidden
    shares = [
        100 * flops / mine / (2 * MATRIX**3 / product)
        for mine, product in zip(taken["ours"], taken["product"], strict=True)
    ]
    share = statistics.median(shares)
    shape = f"T={num_tokens}, D={d_model}, F={d_hidden}, E={num_experts}, k={TOP}"
    rows = [
        Row(f"layer {shape}, CPU time, 1 thread", statistics.median(taken["ours"]) * 1e3, "ms"),
        Row("its products / rate of large products", share, "%", ">= 60 %", share >= 60),
    ]
    for name in passes:
        ratio = median_ratio(taken, "ours", name)
        rows.append(Row(f"layer / {name}", ratio, "x", "< 1", ratio < 1))
    return rows


def _with_many_experts(num_tokens: int = 4096, d_model: int = 256, d_hidden: int = 1024) -> list[Row]:
    x, direction = random(num_tokens, d_model).requires_grad_(), random(num_tokens, d_model)
    layers = {str(num_experts): _layer(d_model, d_hidden, num_experts) for num_experts in (8, 64)}
    passes = {name: one_pass(layer, output_of(layer), x, direction) for name, layer in layers.items()}
    taken = times(passes, WIDE_ROUNDS)
    ratio = median_ratio(taken, "64", "8")
    shape = f"T={num_tokens}, D={d_model}, F={d_hidden}, E=8, k={TOP}"
    return [
        Row(f"layer {shape}, CPU time, 1 thread", statistics.median(taken["8"]) * 1e3, "ms"),
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


if __name__ == "__main__":
    print(table(measure()))
