"""The layer against the naive loop over tokens and experts."""

import pytest
import torch
from torch import Tensor

from moe_core import routing
from moe_core.config.routers import RouterConfig
from moe_core.layer import MoELayer
from moe_core.routers import Router
from moe_core.routing import Routing, SlotRouting
from tests.moe_core.cases import mlp_experts, random_tokens, router_configs, router_name, routing_of, small_layer
from tests.moe_core.naive_layer import NAIVE_ROUTERS, naive_expert, naive_layer

LAYOUTS = {"batched": 10**9, "grouped": 0}
"""How many pairs may be batched, so that one layout is forced."""


class FixedRouter(Router):
    """Answers with one routing, whatever it is asked."""

    def __init__(self, answer: Routing) -> None:
        super().__init__(len(answer.load))
        self.answer = answer

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> Routing:
        return self.answer


ALONE = [config for config in router_configs() if config.learns and not config.balances_itself]
"""Routers by which each token chooses by itself. Those that deal out a batch are transcribed in tests of their own, as
are those that learn nothing."""


def test_every_router_by_which_a_token_chooses_by_itself_has_a_naive_definition() -> None:
    assert set(NAIVE_ROUTERS) == {config.router for config in ALONE}


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("config", ALONE, ids=router_name)
def test_the_layer_is_its_definition(config: RouterConfig, layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Outputs and the gradients of inputs, router and experts are those of the naive loop."""
    monkeypatch.setattr(routing, "most_batched_pairs", lambda num_experts, work: LAYOUTS[layout])
    layer = small_layer(config, d_model=3, d_hidden=6, d_out=2)
    x = random_tokens(17, 3).requires_grad_()
    wanted = naive_layer(config, layer.router, layer.experts, x)
    output, _ = layer(x)
    torch.testing.assert_close(output, wanted, rtol=1e-5, atol=1e-6)

    leaves = [x, *layer.parameters()]
    direction = random_tokens(17, 2, seed=3)
    gradients = torch.autograd.grad(output, leaves, direction)
    wanted_gradients = torch.autograd.grad(wanted, leaves, direction)
    for gradient, wanted_gradient in zip(gradients, wanted_gradients, strict=True):
        torch.testing.assert_close(gradient, wanted_gradient, rtol=1e-4, atol=1e-5)


def test_expert_outputs_are_every_experts_answer_to_every_token() -> None:
    layer = small_layer(router_configs()[0], d_model=3, d_hidden=6, d_out=2)
    x = random_tokens(4, 3)
    outputs = layer.expert_outputs(x)
    for expert in range(len(outputs)):
        wanted = torch.stack([naive_expert(layer.experts, expert, token) for token in x])
        torch.testing.assert_close(outputs[expert], wanted)


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_dropped_token_comes_out_as_zero(layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Token 1 was assigned to expert 0 but did not fit; token 0 is answered as ever."""
    monkeypatch.setattr(routing, "most_batched_pairs", lambda num_experts, work: LAYOUTS[layout])
    assigned = torch.tensor([[True, False], [True, False]])
    kept = torch.tensor([[True, False], [False, False]])
    experts = mlp_experts(2, 3, 4, 2)
    layer = MoELayer(FixedRouter(routing_of(torch.tensor([[0.75, 0.25], [0.75, 0.25]]), assigned, kept)), experts)
    x = random_tokens(2, 3)
    output, _ = layer(x)
    torch.testing.assert_close(output[0], 0.75 * naive_expert(experts, 0, x[0]))
    assert output[1].tolist() == [0.0, 0.0]


def test_the_layer_reads_a_slot_routing_the_same_way() -> None:
    """Soft MoE goes through the same line: slots are mixed from tokens, answered, and mixed back."""
    num_tokens, num_experts, num_slots = 4, 3, 2
    experts = mlp_experts(num_experts, 5, 6, 2)
    dispatch = random_tokens(num_tokens, num_experts * num_slots).softmax(0).view(num_tokens, num_experts, num_slots)
    combine = random_tokens(num_tokens, num_experts * num_slots, seed=3).softmax(1).view_as(dispatch)
    x = random_tokens(num_tokens, 5)
    output, _ = MoELayer(FixedRouter(SlotRouting(dispatch, combine, combine.sum(-1).log())), experts)(x)

    wanted = torch.zeros(num_tokens, 2)
    for expert in range(num_experts):
        for slot in range(num_slots):
            content = sum((dispatch[t, expert, slot] * x[t] for t in range(num_tokens)), torch.zeros(5))
            for token in range(num_tokens):
                wanted[token] += combine[token, expert, slot] * naive_expert(experts, expert, content)
    torch.testing.assert_close(output, wanted)
