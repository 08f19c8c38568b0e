"""A forced expert, seen by what else reads a routing: the smooth load and the pictures."""

import torch

from moe_core.config import presets
from moe_core.config.routers import NoisyTopKRouterConfig
from moe_core.losses import choice_probability
from moe_core.routers.router import FORCED
from moe_core.trainer import Trainer
from tests.moe_core.cases import linear_router, random_tokens, route

T, D = 400, 3


def test_a_forced_expert_is_compared_by_more_than_any_score() -> None:
    router = linear_router(NoisyTopKRouterConfig(k=2), D)
    router.forced[3] = True
    router.notice()
    routing = route(router, random_tokens(T, D))
    assert bool((routing.selection[:, 3] == FORCED).all())
    assert bool(routing.assigned[:, 3].all())
    assert bool((routing.gates[:, 3] < 1).all())


def test_the_smooth_load_knows_who_was_forced() -> None:
    """With k = 1 nobody else can be chosen: the forced one is, with probability 1, and no other is."""
    router = linear_router(NoisyTopKRouterConfig(k=1), D)
    router.forced[3] = True
    router.notice()
    probability = choice_probability(route(router, random_tokens(T, D)))
    wanted = torch.zeros_like(probability)
    wanted[:, 3] = 1.0
    torch.testing.assert_close(probability.detach(), wanted)
    (gradient,) = torch.autograd.grad(probability.sum(), [router.weight])
    assert bool(gradient.isfinite().all())


def test_every_place_is_drawn_as_the_forced_experts_however_little_the_router_believes_in_it() -> None:
    trainer = Trainer(presets.load("specialists").config)
    trainer.do("temperature", 0.01)
    trainer.do("force", 5)
    plane = trainer.plane(32)
    assert plane is not None
    assert bool((plane.owner == 5).all())
