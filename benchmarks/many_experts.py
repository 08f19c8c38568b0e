"""The layer from 4 to 128 experts beside other ways to compute it. Where the work is the same, it should be the first.

Two comparisons, each of layers that compute the same numbers, which is checked first: experts of one hidden layer, with
the loop and two packages; and gated experts as in Mixtral, with its block in the fastest of its ways on this processor.
"""

import statistics
from collections.abc import Callable, Iterator

import torch
from torch import Generator, Tensor, nn
from transformers import MixtralConfig
from transformers.models.mixtral.modeling_mixtral import MixtralSparseMoeBlock

from benchmarks.passes import Pass, median_ratio, one_pass, output_of, random, times
from benchmarks.rival_layers import Forward, lucidrains_mixture_of_experts, lucidrains_st_moe, naive_loop
from benchmarks.row import Row, table
from moe_core.experts import Experts, GatedExperts, MLPExperts
from moe_core.layer import MoELayer
from moe_core.routers import TopKRouter

SIZES = (4, 8, 16, 32, 64, 128)
TOKENS, D_MODEL, D_HIDDEN, TOP = 1024, 128, 256, 2
ROUNDS = 15
WAYS = ("eager", "batched_mm", "grouped_mm")
"""How Mixtral's block may compute its experts."""


def measure() -> list[Row]:
    """One thread, CPU time of a pass forward and backward; medians, and medians of the ratios."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    rows = [row for num_experts in SIZES for row in (*_one_hidden_layer(num_experts), *_gated(num_experts))]
    torch.set_num_threads(threads)
    return rows


def _one_hidden_layer(num_experts: int) -> Iterator[Row]:
    layer = _layer(MLPExperts, num_experts)
    with torch.no_grad():
        most_tokens = int(layer.router(random(TOKENS, D_MODEL)).kept.sum(0).max())
    rivals = {
        "the loop": naive_loop(layer),
        "mixture-of-experts": lucidrains_mixture_of_experts(layer, most_tokens),
        "st-moe-pytorch": lucidrains_st_moe(layer, most_tokens),
    }
    yield from _compared(f"E={num_experts}, one hidden layer", layer, rivals)


def _gated(num_experts: int) -> Iterator[Row]:
    layer = _layer(GatedExperts, num_experts)
    blocks = {way: mixtral_block(layer, way) for way in WAYS}
    taken = times({way: _passing(*block) for way, block in blocks.items()}, rounds=2)
    fastest = min(WAYS, key=lambda way: statistics.median(taken[way]))
    yield from _compared(f"E={num_experts}, gated", layer, {f"Mixtral's block ({fastest})": blocks[fastest]})


def _compared(name: str, layer: MoELayer, rivals: dict[str, tuple[nn.Module, Forward]]) -> Iterator[Row]:
    ours = _passing(layer, output_of(layer))
    passes = {rival: _passing(model, forward) for rival, (model, forward) in rivals.items()}
    wanted = ours()
    for rival, run in passes.items():
        for found, exact in zip(run(), wanted, strict=True):
            torch.testing.assert_close(found, exact, rtol=1e-3, atol=1e-4, msg=f"{rival} computes something else.")
    taken = times({"ours": ours, **passes}, ROUNDS)
    yield Row(f"layer {name}", statistics.median(taken["ours"]) * 1e3, "ms")
    for rival in passes:
        ratio = median_ratio(taken, "ours", rival)
        yield Row(f"layer {name} / {rival}", ratio, "x", "< 1", ratio < 1)


def _passing(model: nn.Module, forward: Forward) -> Pass:
    return one_pass(model, forward, random(TOKENS, D_MODEL).requires_grad_(), random(TOKENS, D_MODEL))


def _layer(kind: Callable[..., Experts], num_experts: int) -> MoELayer:
    """A layer D -> F -> D whose constants are zero, since some rivals have none."""
    generator = Generator().manual_seed(0)
    router = TopKRouter(
        num_experts=num_experts, d_model=D_MODEL, k=TOP, renormalize=True, router_bias=False, generator=generator
    )
    experts = kind(num_experts=num_experts, d_model=D_MODEL, d_out=D_MODEL, d_hidden=D_HIDDEN, generator=generator)
    for name, parameter in experts.named_parameters():
        if name.startswith("b_"):
            nn.init.zeros_(parameter)
    return MoELayer(router, experts)


def mixtral_block(layer: MoELayer, way: str) -> tuple[nn.Module, Forward]:
    """Mixtral's block with the layer's weights, its experts computed in one of its ways."""
    experts = layer.experts
    assert isinstance(experts, GatedExperts)
    num_experts, d_model, d_hidden = experts.w_out.shape
    config = MixtralConfig(
        hidden_size=d_model, intermediate_size=d_hidden, num_local_experts=num_experts, num_experts_per_tok=TOP
    )
    config._experts_implementation = way
    block = MixtralSparseMoeBlock(config)
    with torch.no_grad():
        block.gate.weight.copy_(layer.router.get_parameter("weight"))
        block.experts.gate_up_proj.copy_(experts.w_in)
        block.experts.down_proj.copy_(experts.w_out)

    def forward(x: Tensor) -> Tensor:
        output: Tensor = block(x.unsqueeze(0))
        return output.squeeze(0)

    return block, forward


if __name__ == "__main__":
    print(table(measure()))
