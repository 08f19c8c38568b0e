"""Routers in bfloat16: 8 bits of precision, the range of float32."""

import pytest
import torch
from torch import Tensor

from moe_core.config.routers import LinearRouterConfig, RouterConfig
from moe_core.routers import LinearRouter, Router
from moe_core.routers.router import KILLED
from tests.moe_core.cases import (
    compared,
    counts_allowed,
    is_softmax,
    learning_routers,
    new_router,
    parts,
    random_tokens,
    route,
    router_configs,
    router_name,
)

T, D = 13, 3
ROUNDING = 2**-8
"""A number is rounded by at most 2^-9 of itself, so a sum of numbers that is 1 by no more; twice that is allowed."""

every_router = pytest.mark.parametrize("config", router_configs(), ids=router_name)
every_linear_router = pytest.mark.parametrize(
    "config", [config for config in router_configs() if isinstance(config, LinearRouterConfig)], ids=router_name
)
every_learning_router = pytest.mark.parametrize("config", learning_routers(), ids=router_name)
each_mode = pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])


def half(config: RouterConfig, training: bool) -> tuple[Router, Tensor]:
    """A router and tokens, both in bfloat16."""
    router = new_router(config, D).train(training)
    router.bfloat16()
    return router, random_tokens(T, D).bfloat16()


@each_mode
@every_router
def test_every_part_is_in_the_precision_of_the_tokens(config: RouterConfig, training: bool) -> None:
    routing = route(*half(config, training))
    for name, part in parts(routing).items():
        assert part.dtype == (torch.bool if name in {"assigned", "kept"} else torch.bfloat16), name
    assert routing.noise_std is None or routing.noise_std.dtype == torch.bfloat16


@each_mode
@every_router
def test_the_invariants_hold(config: RouterConfig, training: bool) -> None:
    routing = route(*half(config, training))
    # What was divided by its sum is rounded twice: the sum, then each quotient. A softmax is rounded once.
    rounding = ROUNDING if is_softmax(routing) else 2 * ROUNDING
    assert bool(((routing.probs.float().sum(-1) - 1).abs() <= rounding).all())
    whole = routing.gates.float().sum(-1) if is_softmax(routing) else torch.ones(T)
    assert bool((whole <= 1 + 2 * ROUNDING).all())
    assert torch.equal(routing.gates != 0, routing.kept)
    assert set(routing.assigned.sum(-1).tolist()) <= set(counts_allowed(config))
    selection, assigned = compared(config, routing)
    worst_chosen = selection.masked_fill(~assigned, torch.inf).amin(-1)
    best_other = selection.masked_fill(assigned, -torch.inf).amax(-1)
    assert bool((worst_chosen >= best_other).all())


@every_linear_router
def test_probabilities_are_those_of_float32_to_within_the_logits_rounding(config: RouterConfig) -> None:
    """A logit is off by 2^-9 of each product and of itself, of which there are D + 1; a probability by p (1 - p), at
    most a quarter, times twice that."""
    router, x = half(config, training=False)
    assert isinstance(router, LinearRouter)
    found = route(router, x)
    exact = route(router.float(), x.float())
    size = (exact.logits.abs().amax() + x.abs().amax() * router.weight.abs().amax()) * 2**-9 * (D + 1)
    assert bool(((found.probs.float() - exact.probs).abs() <= size / 2 + 2**-9).all())


@each_mode
@pytest.mark.parametrize("size", [1.0, 1e4])
@every_learning_router
def test_gates_and_gradients_are_finite(config: RouterConfig, size: float, training: bool) -> None:
    router, x = half(config, training)
    routing = route(router, size * x)
    gradients = torch.autograd.grad(routing.gates.square().sum(), list(router.parameters()), allow_unused=True)
    for part in (routing.gates, routing.probs, *(gradient for gradient in gradients if gradient is not None)):
        assert part.dtype == torch.bfloat16
        assert bool(part.isfinite().all())


@each_mode
@every_router
def test_a_killed_expert_has_a_probability_of_exactly_zero(config: RouterConfig, training: bool) -> None:
    router, x = half(config, training)
    router.offset[3] = KILLED
    router.notice()
    routing = route(router, x)
    assert not routing.assigned[:, 3].any()
    assert routing.probs[:, 3].tolist() == [0.0] * T
    assert routing.gates[:, 3].tolist() == [0.0] * T
