"""The dense router by hand."""

import pytest
import torch
from torch import Generator

from moe_core.config.routers import DenseRouterConfig, TopKRouterConfig
from moe_core.routers import DenseRouter
from moe_core.routers.router import KILLED
from tests.moe_core.cases import NUM_EXPERTS, linear_router, parts, random_tokens, route


def hand_made() -> DenseRouter:
    """Three experts whose probabilities for the token 1 are 1/2, 1/3 and 1/6."""
    router = DenseRouter(d_model=1, num_experts=3, generator=Generator())
    with torch.no_grad():
        router.weight.copy_(torch.tensor([[3.0], [2.0], [1.0]]).log())
    return router


def test_gates_are_the_probabilities() -> None:
    routing = route(hand_made(), torch.ones(1, 1))
    assert routing.gates[0].tolist() == pytest.approx([1 / 2, 1 / 3, 1 / 6])
    assert torch.equal(routing.gates, routing.probs)


def test_the_load_is_even_whatever_the_router_believes() -> None:
    routing = route(hand_made(), torch.ones(7, 1))
    assert routing.load.tolist() == pytest.approx([1 / 3] * 3)
    assert routing.importance.tolist() == pytest.approx([1 / 2, 1 / 3, 1 / 6])


def test_a_killed_expert_has_no_part_in_an_even_load() -> None:
    router = hand_made()
    router.offset[0] = KILLED
    router.notice()
    routing = route(router, torch.ones(7, 1))
    assert routing.load.tolist() == pytest.approx([0.0, 1 / 2, 1 / 2])
    assert routing.importance.tolist() == pytest.approx([0.0, 2 / 3, 1 / 3])


def test_it_is_the_top_k_router_with_every_expert_chosen() -> None:
    x = random_tokens(50, 3)
    dense = parts(route(linear_router(DenseRouterConfig(), 3), x))
    top = parts(route(linear_router(TopKRouterConfig(k=NUM_EXPERTS, renormalize=False), 3), x))
    for name, part in dense.items():
        assert torch.equal(part, top[name]), name
