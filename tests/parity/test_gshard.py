"""GShard's top-2 gating, with capacity, against two packages that nobody here wrote.

They count the capacity in shares of the tokens, and here it is in shares of the assignments: with two a token, half
their factor is the same. They never go below four places an expert.
"""

import warnings
from dataclasses import replace

import pytest
import torch
from torch import Tensor, nn

from moe_core.capacity import Capacity
from moe_core.config.routers import GShardRouterConfig
from moe_core.losses import load_balancing_loss, router_z_loss
from moe_core.routers import LinearRouter
from moe_core.routing import TokenRouting
from tests.moe_core.cases import linear_router, route
from tests.parity.oracles import TOLERANCE, D, E, T, tokens

with warnings.catch_warnings(action="ignore"):
    import mixture_of_experts.mixture_of_experts as lucidrains
    import st_moe_pytorch.st_moe_pytorch as st_moe

pytestmark = pytest.mark.parity

FACTORS = [1.0, 1.5, 100.0]
"""Theirs: with 40 tokens and 5 experts, 8 and 12 places an expert, and enough for all."""


def ours() -> LinearRouter:
    return linear_router(GShardRouterConfig(second_expert="all", router_bias=False), D)


def limited(router: LinearRouter, factor: float) -> TokenRouting:
    return Capacity(train_capacity_factor=factor / 2)(route(router, tokens()))


def loss_of_first_choices(routing: TokenRouting) -> Tensor:
    """The packages count first choices only, before capacity."""
    first = nn.functional.one_hot(routing.probs.argmax(-1), E).bool()
    return load_balancing_loss(replace(routing, assigned=first))


def gates_of(combine: Tensor) -> Tensor:
    """Combine weights (1, T, E, places) of the packages, as gates (T, E)."""
    return combine.squeeze(0).sum(-1)


@pytest.mark.parametrize("factor", FACTORS)
def test_gates_and_dropped_tokens_are_those_of_mixture_of_experts(factor: float) -> None:
    router = ours()
    its = lucidrains.Top2Gating(D, E, second_policy_train="all", capacity_factor_train=factor)
    its.w_gating.data.copy_(router.weight.T)
    _, combine, loss = its(tokens().unsqueeze(0))
    routing = limited(router, factor)
    torch.testing.assert_close(routing.gates, gates_of(combine), rtol=0, atol=TOLERANCE)
    assert bool((routing.assigned & ~routing.kept).any()) == (factor < 100.0)
    torch.testing.assert_close(loss_of_first_choices(routing), loss, rtol=0, atol=TOLERANCE)


@pytest.mark.parametrize("factor", FACTORS)
def test_gates_and_dropped_tokens_are_those_of_st_moe_pytorch(factor: float) -> None:
    router = ours()
    its = st_moe.TopNGating(D, E, threshold_train=0.0, capacity_factor_train=factor)
    its.to_gates.weight.data.copy_(router.weight)
    _, combine, _, z_loss = its(tokens().unsqueeze(0))
    routing = limited(router, factor)
    assert len(routing.gates) == T
    torch.testing.assert_close(routing.gates, gates_of(combine), rtol=0, atol=TOLERANCE)
    torch.testing.assert_close(router_z_loss(routing), z_loss.squeeze(), rtol=0, atol=1e-5)


def test_the_balancing_loss_is_that_of_st_moe_pytorch_where_nothing_is_dropped() -> None:
    """Where something is, it leaves the dropped ones out of the counts, and its loss of a collapse is too small."""
    router = ours()
    its = st_moe.TopNGating(D, E, threshold_train=0.0, capacity_factor_train=FACTORS[-1])
    its.to_gates.weight.data.copy_(router.weight)
    _, _, loss, _ = its(tokens().unsqueeze(0))
    torch.testing.assert_close(loss_of_first_choices(route(router, tokens())), loss.squeeze(), rtol=0, atol=TOLERANCE)
