"""Switch routing, its capacity and its losses against the Switch Transformer of transformers."""

import math

import pytest
import torch
from transformers.models.switch_transformers.modeling_switch_transformers import (
    SwitchTransformersTop1Router,
    load_balancing_loss_func,
    router_z_loss_func,
)

from moe_core.capacity import Capacity
from moe_core.config.routers import SwitchRouterConfig
from moe_core.losses import load_balancing_loss, router_z_loss
from tests.moe_core.cases import linear_router, route
from tests.parity.oracles import TOLERANCE, D, E, T, switch_config, tokens

pytestmark = pytest.mark.parity


@pytest.mark.parametrize("factor", [0.5, 1.0, 1.25, 8.0])
def test_who_is_kept_and_with_which_gate(factor: float) -> None:
    router = linear_router(SwitchRouterConfig(), D)
    its = SwitchTransformersTop1Router(switch_config(expert_capacity=math.ceil(factor * T / E)))
    assert router.bias is not None
    its.classifier.weight.data.copy_(router.weight)
    its.classifier.bias.data.copy_(router.bias)
    kept, probs, logits = (part.squeeze(0) for part in its(tokens().unsqueeze(0)))
    routing = Capacity(train_capacity_factor=factor)(route(router, tokens()))
    torch.testing.assert_close(routing.logits, logits, rtol=0, atol=TOLERANCE)
    assert torch.equal(routing.kept, kept.bool())
    torch.testing.assert_close(routing.gates, kept * probs, rtol=0, atol=TOLERANCE)
    assert bool((routing.assigned & ~routing.kept).any()) == (factor < 8.0)


def test_the_balancing_loss_on_the_same_scale() -> None:
    routing = route(linear_router(SwitchRouterConfig(), D), tokens())
    chosen = routing.assigned.int().argmax(-1)
    its = load_balancing_loss_func(routing.probs.unsqueeze(0), chosen.unsqueeze(0))
    torch.testing.assert_close(load_balancing_loss(routing), its, rtol=0, atol=TOLERANCE)


def test_the_router_z_loss() -> None:
    routing = route(linear_router(SwitchRouterConfig(), D), tokens())
    torch.testing.assert_close(router_z_loss(routing), router_z_loss_func(routing.logits.unsqueeze(0)))
