"""What holds for every balancer of the registry, and each by hand."""

from typing import Any

import pytest
import torch

from moe_core.balancers import NoBalancer, SwitchLoss, build_balancer
from moe_core.config import SECTIONS
from moe_core.losses import load_balancing_loss
from tests.moe_core.cases import routing_of

PROBS = torch.tensor([[0.6, 0.4], [0.8, 0.2]])
ASSIGNED = torch.tensor([[True, False], [True, False]])


@pytest.mark.parametrize("variant", SECTIONS["balancer"], ids=lambda variant: variant.__name__)
def test_the_loss_is_a_finite_scalar_that_joins_the_tasks_loss(variant: Any) -> None:
    probs = PROBS.clone().requires_grad_()
    balancer = build_balancer(variant())
    routing = routing_of(probs, ASSIGNED)
    loss = balancer.loss(routing)
    assert loss.shape == ()
    assert bool(loss.isfinite())
    torch.autograd.backward(loss + probs.sum())
    balancer.after_step(routing)


def test_no_balancer_adds_nothing() -> None:
    loss = NoBalancer().loss(routing_of(PROBS.clone().requires_grad_(), ASSIGNED))
    assert float(loss) == 0.0
    assert not loss.requires_grad


@pytest.mark.parametrize("coefficient", [0.0, 0.1, 3.0])
def test_the_switch_loss_is_its_coefficient_times_the_load_balancing_loss(coefficient: float) -> None:
    routing = routing_of(PROBS, ASSIGNED)
    wanted = coefficient * float(load_balancing_loss(routing))
    assert float(SwitchLoss(coefficient).loss(routing)) == pytest.approx(wanted)
