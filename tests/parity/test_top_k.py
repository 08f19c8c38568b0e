"""Top-k routing against the routers of Mixtral and OLMoE, and the whole layer against Mixtral's block."""

import pytest
import torch
from torch import Tensor
from transformers.models.mixtral.modeling_mixtral import (
    MixtralSparseMoeBlock,
    MixtralTopKRouter,
    load_balancing_loss_func,
)
from transformers.models.olmoe.modeling_olmoe import OlmoeTopKRouter

from moe_core.config.routers import TopKRouterConfig
from moe_core.experts import GatedExperts
from moe_core.layer import MoELayer
from moe_core.losses import load_balancing_loss
from tests.moe_core.cases import linear_router, route
from tests.parity.oracles import TOLERANCE, D, E, K, mixtral_config, olmoe_config, spread, tokens

pytestmark = pytest.mark.parity


def ours(*, renormalize: bool, k: int = K) -> TopKRouterConfig:
    return TopKRouterConfig(k=k, renormalize=renormalize, router_bias=False)


def test_renormalised_gates_are_mixtrals() -> None:
    router, its = linear_router(ours(renormalize=True), D), MixtralTopKRouter(mixtral_config())
    its.weight.data.copy_(router.weight)
    logits, weights, experts = its(tokens())
    routing = route(router, tokens())
    torch.testing.assert_close(routing.logits, logits, rtol=0, atol=TOLERANCE)
    torch.testing.assert_close(routing.gates, spread(E, experts, weights), rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("renormalize", [False, True])
def test_gates_are_those_of_olmoe_with_and_without_renormalisation(renormalize: bool) -> None:
    router, its = (
        linear_router(ours(renormalize=renormalize), D),
        OlmoeTopKRouter(olmoe_config(norm_topk_prob=renormalize)),
    )
    its.weight.data.copy_(router.weight)
    _, weights, experts = its(tokens())
    torch.testing.assert_close(route(router, tokens()).gates, spread(E, experts, weights), rtol=0, atol=TOLERANCE)


def test_olmoe_does_not_renormalise_unless_it_is_told_to() -> None:
    assert not olmoe_config().norm_topk_prob


def test_the_layer_is_mixtrals_block_output_and_gradients() -> None:
    """With gated experts."""
    router = linear_router(ours(renormalize=True), D)
    generator = torch.Generator().manual_seed(0)
    experts = GatedExperts(num_experts=E, d_model=D, d_out=D, d_hidden=8, generator=generator)
    block = MixtralSparseMoeBlock(mixtral_config())
    block.gate.weight.data.copy_(router.weight)
    block.experts.gate_up_proj.data.copy_(experts.w_in)
    block.experts.down_proj.data.copy_(experts.w_out)
    output, _ = MoELayer(router, experts)(tokens())
    its = block(tokens().unsqueeze(0)).squeeze(0)
    torch.testing.assert_close(output, its, rtol=0, atol=TOLERANCE)

    output.square().sum().backward()
    its.square().sum().backward()
    torch.testing.assert_close(gradient(router.weight), gradient(block.gate.weight), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(gradient(experts.w_in), gradient(block.experts.gate_up_proj), rtol=1e-4, atol=1e-5)
    torch.testing.assert_close(gradient(experts.w_out), gradient(block.experts.down_proj), rtol=1e-4, atol=1e-5)


def gradient(parameter: Tensor) -> Tensor:
    assert parameter.grad is not None
    return parameter.grad


@pytest.mark.parametrize("k", [1, 2, E])
def test_the_balancing_loss_is_mixtrals_divided_by_k(k: int) -> None:
    """There the shares of the assignments sum to k and the loss is k at perfect balance; here they sum to 1."""
    routing = route(linear_router(ours(renormalize=True, k=k), D), tokens())
    its = load_balancing_loss_func((routing.logits,), E, k)
    torch.testing.assert_close(k * load_balancing_loss(routing), its, rtol=0, atol=TOLERANCE)
