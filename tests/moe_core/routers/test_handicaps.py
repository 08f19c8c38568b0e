"""What is done to an expert from outside of a router: killed, forced, newborn."""

import pytest
import torch

from moe_core.config.routers import RouterConfig
from moe_core.routers import Router
from moe_core.routers.router import KILLED, NEWBORN, WAKING_STEPS
from tests.moe_core.cases import (
    NUM_EXPERTS,
    compared,
    counts_allowed,
    learning_routers,
    new_router,
    of_size,
    own_logit_gates,
    parts,
    random_tokens,
    route,
    router_configs,
    router_name,
    sending_routers,
)
from tests.moe_core.variations import num_groups

T, D = 13, 3

every_router = pytest.mark.parametrize("config", router_configs(), ids=router_name)
every_learning_router = pytest.mark.parametrize("config", learning_routers(), ids=router_name)
every_sending_router = pytest.mark.parametrize("config", sending_routers(), ids=router_name)
every_learning_sending_router = pytest.mark.parametrize(
    "config", [config for config in sending_routers() if config.learns], ids=router_name
)
every_growing_router = pytest.mark.parametrize(
    "config", [config for config in router_configs() if config.grows is True], ids=router_name
)
each_mode = pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
each_number_killed = pytest.mark.parametrize(
    "killed", [[2], [0, 4], [0, 1, 3, 4, 5]], ids=["one", "two", "all but one"]
)


def handicapped(config: RouterConfig, offsets: dict[int, float], training: bool = False) -> Router:
    router = new_router(config, D).train(training)
    for expert, offset in offsets.items():
        router.offset[expert] = offset
    router.notice()
    return router


def forced(config: RouterConfig, expert: int, training: bool = False) -> Router:
    router = new_router(config, D).train(training)
    router.forced[expert] = True
    router.notice()
    return router


@each_mode
@each_number_killed
@every_router
def test_killed_experts_receive_nothing(config: RouterConfig, killed: list[int], training: bool) -> None:
    """Also when k exceeds the number alive: all of those are then chosen, and nobody else."""
    router = handicapped(config, dict.fromkeys(killed, KILLED), training)
    assert router.alive.tolist() == [expert not in killed for expert in range(NUM_EXPERTS)]
    routing = route(router, random_tokens(T, D))
    assert not routing.assigned[:, killed].any()
    assert not routing.kept[:, killed].any()
    assert not routing.probs[:, killed].any()
    assert not routing.gates[:, killed].any()
    assert set(routing.assigned.sum(-1).tolist()) <= set(counts_allowed(config, NUM_EXPERTS - len(killed)))
    torch.testing.assert_close(routing.probs.sum(-1), torch.ones(T))
    assert torch.equal(routing.gates != 0, routing.kept)


@each_number_killed
@every_learning_router
def test_the_others_are_routed_to_as_if_the_killed_had_never_been(config: RouterConfig, killed: list[int]) -> None:
    """Where there are groups, whole ones are killed: what was never there has no part in one."""
    groups = num_groups(config)
    size = NUM_EXPERTS // groups
    dead_groups = {expert * groups // NUM_EXPERTS for expert in killed} if groups > 1 else set()
    if len(dead_groups) == groups > 1:
        dead_groups.discard(1)
    if dead_groups:
        killed = [expert for expert in range(NUM_EXPERTS) if expert // size in dead_groups]
    alive = [expert for expert in range(NUM_EXPERTS) if expert not in killed]
    alive_groups = [group for group in range(groups) if group not in dead_groups]
    routing = route(handicapped(config, dict.fromkeys(killed, KILLED)), random_tokens(T, D))
    whole = new_router(config, D).eval()
    smaller = new_router(of_size(config, len(alive)), D, num_experts=len(alive)).eval()
    with torch.no_grad():
        for (name, mine), its in zip(smaller.named_parameters(), whole.parameters(), strict=True):
            of_groups = its[alive_groups] if groups > 1 else its
            mine.copy_(of_groups if name in whole.shared_parameters else its[alive])
    wanted = route(smaller, random_tokens(T, D))
    # A router may have gates of another kind where k is 1.
    same_kind = own_logit_gates(routing) == own_logit_gates(wanted)
    for name in parts(wanted).keys() - (set() if same_kind else {"gates"}):
        torch.testing.assert_close(parts(routing)[name][:, alive], parts(wanted)[name], msg=name)


@each_mode
@each_number_killed
@every_learning_router
def test_gradients_stay_finite_and_the_killed_get_none(config: RouterConfig, killed: list[int], training: bool) -> None:
    router = handicapped(config, dict.fromkeys(killed, KILLED), training)
    routing = route(router, random_tokens(T, D))
    loss = routing.gates.square().sum() + routing.probs.square().sum()
    parameters = dict(router.named_parameters())
    gradients = torch.autograd.grad(loss, list(parameters.values()), allow_unused=True)
    for name, gradient in zip(parameters, gradients, strict=True):
        if gradient is not None:
            assert bool(gradient.isfinite().all())
            assert name in router.shared_parameters or not gradient[killed].any()


@each_mode
@every_sending_router
def test_every_token_is_sent_to_a_forced_expert(config: RouterConfig, training: bool) -> None:
    """Whichever it is. It takes one of the k places, and the others are the best of the rest."""
    for expert in range(NUM_EXPERTS):
        routing = route(forced(config, expert, training), random_tokens(T, D))
        assert bool(routing.kept[:, expert].all()), expert
        assert set(routing.assigned.sum(-1).tolist()) <= set(counts_allowed(config)), expert
        rest = [other for other in range(NUM_EXPERTS) if other != expert]
        selection, assigned = compared(config, routing)
        if not config.looks_at_batch:
            selection, assigned = selection[:, rest], assigned[:, rest]
        worst_chosen = selection.masked_fill(~assigned, torch.inf).amin(-1)
        best_other = selection.masked_fill(assigned, -torch.inf).amax(-1)
        assert bool((worst_chosen >= best_other).all()), expert


@each_mode
@every_learning_sending_router
def test_a_forced_expert_that_the_router_rules_out_leaves_numbers(config: RouterConfig, training: bool) -> None:
    """Its probability is rounded to zero, unless all have the same, and it is still the one that was chosen."""
    router = forced(config, 1, training)
    router.offset[1] = KILLED / 4
    assert router.alive.all()
    routing = route(router, 1e4 * random_tokens(T, D))
    told_apart = routing.probs.amax(-1) > routing.probs.amin(-1)
    assert told_apart.any()
    assert not routing.probs[told_apart, 1].any()
    assert bool(routing.assigned[:, 1].all())
    gradients = torch.autograd.grad(routing.gates.square().sum(), list(router.parameters()), allow_unused=True)
    assert bool(routing.gates.isfinite().all())
    assert all(bool(gradient.isfinite().all()) for gradient in gradients if gradient is not None)


@every_router
def test_forcing_leaves_what_the_router_believes(config: RouterConfig) -> None:
    x = random_tokens(T, D)
    free, bound = route(new_router(config, D).eval(), x), route(forced(config, 1), x)
    assert torch.equal(free.logits, bound.logits)
    assert torch.equal(free.probs, bound.probs)


@every_growing_router
def test_a_newborn_changes_nothing_that_float32_can_tell(config: RouterConfig) -> None:
    """Its probability is e^-16 of what it would be, 1e-7. The gates are those of a router that does not have it."""
    x = 0.1 * random_tokens(T, D)
    asleep = route(handicapped(config, {NUM_EXPERTS - 1: NEWBORN}), x)
    absent = route(handicapped(config, {NUM_EXPERTS - 1: KILLED}), x)
    torch.testing.assert_close(asleep.gates, absent.gates, rtol=1e-6, atol=1e-6)
    torch.testing.assert_close(asleep.probs, absent.probs, rtol=1e-6, atol=1e-6)


@every_growing_router
def test_a_newborn_is_an_equal_once_it_is_awake(config: RouterConfig) -> None:
    """Steps by equal steps, and then exactly: the router is the one that was never touched."""
    router, x = handicapped(config, {1: NEWBORN}), random_tokens(T, D)
    for step in range(1, WAKING_STEPS + 1):
        router.wake()
        assert float(router.offset[1]) == pytest.approx(NEWBORN * (1 - step / WAKING_STEPS), abs=1e-3)
    assert router.offset.tolist() == [0.0] * NUM_EXPERTS
    assert not router.touched
    untouched = parts(route(new_router(config, D).eval(), x))
    for name, part in parts(route(router, x)).items():
        assert torch.equal(part, untouched[name]), name


def test_the_dead_do_not_wake() -> None:
    router = handicapped(router_configs()[0], {0: KILLED, 3: NEWBORN})
    for _ in range(2 * WAKING_STEPS):
        router.wake()
    assert router.alive.tolist() == [False, True, True, True, True, True]
    assert router.offset[1:].tolist() == [0.0] * (NUM_EXPERTS - 1)
    assert float(router.offset[0]) == pytest.approx(KILLED)
    assert router.touched


def test_waking_leaves_a_forced_expert_forced() -> None:
    router = forced(router_configs()[0], 2)
    router.wake()
    assert router.touched
    assert router.forced.tolist() == [False, False, True, False, False, False]
    assert router.offset.tolist() == [0.0] * NUM_EXPERTS


def test_handicaps_are_saved_with_the_router() -> None:
    router = handicapped(router_configs()[0], {1: KILLED})
    router.forced[2] = True
    other = new_router(router_configs()[0], D)
    other.load_state_dict(router.state_dict())
    other.notice()
    assert torch.equal(other.offset, router.offset)
    assert torch.equal(other.forced, router.forced)
    assert other.touched
