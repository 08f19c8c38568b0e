"""What holds for every balancer of the registry, each by hand, and several together."""

from typing import Any, final

import pytest
import torch
from torch import Tensor

from moe_core.balancers import (
    BALANCERS,
    Balancer,
    ImportanceAndLoad,
    NoBalancer,
    SwitchLoss,
    Together,
    ZLoss,
    build_balancer,
)
from moe_core.config import RunConfig
from moe_core.config.balancer import BALANCER_VARIANTS, BalancerSection
from moe_core.config.routers import NoisyTopKRouterConfig
from moe_core.losses import importance_loss, load_balancing_loss, load_loss, router_z_loss
from moe_core.routers import LinearRouter, Router
from moe_core.routing import Routing, TokenRouting
from tests.moe_core.cases import balancer_sums, linear_router, new_router, random_tokens, route, router_for, routing_of

PROBS = torch.tensor([[0.6, 0.4], [0.8, 0.2]])
ASSIGNED = torch.tensor([[True, False], [True, False]])

WITH_A_LOSS = [name for name in BALANCERS if name not in ("none", "loss_free")]
SEVERAL = ["+".join(names) for names in balancer_sums()]

every_coefficient = pytest.mark.parametrize("coefficient", [0.0, 0.1, 3.0])


def config_of(balancer: str, **settings: object) -> BalancerSection:
    """The settings of a balancer, or of several, with a router that gives each what it needs."""
    return RunConfig.from_settings({"balancer": balancer, "router": router_for(balancer)} | settings).balancer


def noisy_router() -> LinearRouter:
    """A new one each time, since a balancer may move its bias."""
    return linear_router(NoisyTopKRouterConfig(), 3)


def noisy_routing() -> TokenRouting:
    """A routing in training that has all that most balancers may ask for."""
    return route(noisy_router(), random_tokens(64, 3))


def routing_for(balancer: str) -> TokenRouting:
    """A routing in training of a router that takes this balancer."""
    config = RunConfig.from_settings({"balancer": balancer, "router": router_for(balancer)}).router
    return route(new_router(config, 3), random_tokens(64, 3))


@pytest.mark.parametrize("balancer", [*BALANCERS, *SEVERAL])
def test_the_loss_is_a_finite_scalar_that_joins_the_tasks_loss(balancer: str) -> None:
    routing = routing_for(balancer)
    built = build_balancer(config_of(balancer))
    loss = built.loss(routing)
    assert loss.shape == ()
    assert bool(loss.isfinite())
    torch.autograd.backward(loss + routing.gates.sum())
    built.after_step(routing, noisy_router())


@pytest.mark.parametrize("variant", BALANCER_VARIANTS, ids=lambda variant: variant.__name__)
def test_coefficients_of_zero_turn_a_balancer_off(variant: Any) -> None:
    zeros = {name: 0.0 for name, field in variant.model_fields.items() if field.annotation is float}
    routing = routing_for(variant.model_fields["balancer"].default)
    assert float(build_balancer(variant(**zeros)).loss(routing).detach()) == 0.0


@pytest.mark.parametrize("name", WITH_A_LOSS)
def test_the_loss_grows_with_its_coefficients(name: str) -> None:
    """Ten times the weight is ten times the loss: nothing else depends on it."""
    config, routing = config_of(name), routing_for(name)
    tenfold = config.model_copy(update={field: 10 * value for field, value in config if isinstance(value, float)})
    one, ten = (build_balancer(section).loss(routing) for section in (config, tenfold))
    assert one.item() != 0.0
    torch.testing.assert_close(ten, 10 * one, rtol=1e-5, atol=0.0)


def test_no_balancer_adds_nothing() -> None:
    loss = NoBalancer().loss(routing_of(PROBS.clone().requires_grad_(), ASSIGNED))
    assert float(loss) == 0.0
    assert not loss.requires_grad


@every_coefficient
def test_the_switch_loss_is_its_coefficient_times_the_load_balancing_loss(coefficient: float) -> None:
    routing = routing_of(PROBS, ASSIGNED)
    wanted = coefficient * float(load_balancing_loss(routing))
    assert float(SwitchLoss(coefficient).loss(routing)) == pytest.approx(wanted)


@every_coefficient
def test_the_z_loss_is_its_coefficient_times_the_router_z_loss(coefficient: float) -> None:
    routing = noisy_routing()
    torch.testing.assert_close(ZLoss(coefficient).loss(routing), coefficient * router_z_loss(routing))


@every_coefficient
def test_importance_and_load_weighs_each_by_its_own_coefficient(coefficient: float) -> None:
    routing = noisy_routing()
    loss = ImportanceAndLoad(importance_coefficient=coefficient, load_coefficient=0.5).loss(routing)
    torch.testing.assert_close(loss, coefficient * importance_loss(routing) + 0.5 * load_loss(routing))


@pytest.mark.parametrize("balancer", SEVERAL)
def test_several_together_are_the_sum_of_each_with_its_own_settings(balancer: str) -> None:
    settings = {
        "balance_coefficient": 0.7,
        "importance_coefficient": 0.3,
        "load_coefficient": 0.2,
        "z_coefficient": 0.05,
        "information_coefficient": 0.4,
        "entropy_coefficient": 0.6,
        "l1_start": 0.01,
    }
    names, routing = balancer.split("+"), routing_for(balancer)
    fields = {name: BALANCER_VARIANTS[list(BALANCERS).index(name)].model_fields for name in names}
    own = [{field: value for field, value in settings.items() if field in fields[name]} for name in names]
    everything = {field: value for part in own for field, value in part.items()}
    together = build_balancer(config_of(balancer, **everything)).loss(routing)
    apart = [build_balancer(config_of(name, **part)).loss(routing) for name, part in zip(names, own, strict=True)]
    torch.testing.assert_close(together, torch.stack(apart).sum())


@final
class Counting(Balancer):
    """Counts the steps, in a buffer, and asks for as much."""

    steps: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("steps", torch.zeros(()))

    def loss(self, routing: Routing) -> Tensor:
        return self.steps.clone()

    def after_step(self, routing: Routing, router: Router) -> None:
        self.steps += 1


def test_each_of_several_is_told_of_a_step_and_remembers_its_own() -> None:
    routing, parts = routing_of(PROBS, ASSIGNED), [Counting(), Counting()]
    together = Together(parts)
    together.after_step(routing, noisy_router())
    parts[1].after_step(routing, noisy_router())
    assert [float(part.steps) for part in parts] == [1.0, 2.0]
    assert float(together.loss(routing)) == 3.0


def test_what_several_remember_is_saved_with_them() -> None:
    together, other = (
        Together([Counting(), SwitchLoss(1.0), Counting()]),
        Together([Counting(), ZLoss(1.0), Counting()]),
    )
    together.after_step(routing_of(PROBS, ASSIGNED), noisy_router())
    other.load_state_dict(together.state_dict())
    assert [float(value) for value in other.state_dict().values()] == [1.0, 1.0]


def test_one_by_itself_is_not_wrapped() -> None:
    for name, kind in BALANCERS.items():
        assert type(build_balancer(config_of(name))) is kind
    assert type(build_balancer(config_of(SEVERAL[0]))) is Together
