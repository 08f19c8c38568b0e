"""The auxiliary losses by hand, and the probability of a choice against its definition."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from moe_core.capacity import Capacity
from moe_core.config.routers import NoisyTopKRouterConfig, RouterConfig
from moe_core.losses import (
    choice_probability,
    importance_loss,
    load_balanced_l1,
    load_balancing_loss,
    load_loss,
    router_z_loss,
    sequence_balance_loss,
)
from moe_core.routing import TokenRouting
from tests.moe_core.cases import (
    NUM_EXPERTS,
    linear_router,
    new_router,
    random_tokens,
    route,
    router_configs,
    router_name,
    routing_of,
    seeded,
)

PHI_OF_ONE = 0.8413447
"""The share of a normal variable that lies under one standard deviation above its mean."""


def with_logits(logits: Tensor) -> TokenRouting:
    """A routing whose logits matter and nothing else."""
    return replace(routing_of(logits.softmax(-1), logits > -math.inf), logits=logits)


def chosen_by(selection: Tensor, k: int, noise_std: float, logits: Tensor | None = None) -> TokenRouting:
    """A routing of the k highest selections; clean logits that are the selection unless given."""
    assigned = torch.zeros_like(selection, dtype=torch.bool).scatter(-1, selection.topk(k).indices, True)
    return replace(
        with_logits(selection if logits is None else logits),
        selection=selection,
        assigned=assigned,
        kept=assigned,
        noise_std=torch.full_like(selection, noise_std),
    )


def test_load_balancing_by_hand() -> None:
    """f = (1, 0) and P = (0.7, 0.3): 2 (1 x 0.7 + 0 x 0.3) = 1.4."""
    probs = torch.tensor([[0.6, 0.4], [0.8, 0.2]])
    assigned = torch.tensor([[True, False], [True, False]])
    assert float(load_balancing_loss(routing_of(probs, assigned))) == pytest.approx(1.4)


def test_load_balancing_with_two_experts_a_token_by_hand() -> None:
    """f = (1/2, 1/4, 1/4) and P = (0.5, 0.25, 0.25): 3 (0.25 + 0.0625 + 0.0625) = 1.125."""
    probs = torch.tensor([[0.5, 0.4, 0.1], [0.5, 0.1, 0.4]])
    assigned = torch.tensor([[True, True, False], [True, False, True]])
    assert float(load_balancing_loss(routing_of(probs, assigned))) == pytest.approx(1.125)


def test_full_collapse_costs_the_number_of_experts() -> None:
    probs = torch.tensor([[1.0, 0.0, 0.0, 0.0]]).repeat(5, 1)
    assert float(load_balancing_loss(routing_of(probs, probs > 0))) == pytest.approx(4.0)


def test_the_gradient_of_load_balancing_by_hand() -> None:
    """L = E sum_e f_e (1/T) sum_t p_te, so dL/dp_te = E f_e / T: here 2 x (3/4, 1/4) / 4 for every token."""
    probs = torch.full((4, 2), 0.5, requires_grad=True)
    assigned = torch.tensor([[True, False], [True, False], [True, False], [False, True]])
    (gradient,) = torch.autograd.grad(load_balancing_loss(routing_of(probs, assigned)), probs)
    torch.testing.assert_close(gradient, torch.tensor([[0.375, 0.125]]).repeat(4, 1))


@pytest.mark.parametrize(
    ("assigned", "loss"),
    [
        # Sums of gates 1.4 and 0.6: mean 1, variance 0.4^2.
        ([[True, True], [True, True]], 0.16),
        # 1.4 and 0: one has everything, E - 1.
        ([[True, False], [True, False]], 1.0),
        # 0.8 and 0.4: mean 0.6, variance 0.2^2, (0.2 / 0.6)^2.
        ([[False, True], [True, False]], 1 / 9),
    ],
)
def test_importance_by_hand(assigned: list[list[bool]], loss: float) -> None:
    """It counts gates, not probabilities: those of experts that were not chosen are not in it."""
    probs = torch.tensor([[0.6, 0.4], [0.8, 0.2]])
    assert float(importance_loss(routing_of(probs, torch.tensor(assigned)))) == pytest.approx(loss)


def test_importance_leaves_out_what_was_dropped() -> None:
    probs = torch.tensor([[0.6, 0.4], [0.8, 0.2]])
    kept = torch.tensor([[True, True], [False, True]])
    loss = importance_loss(routing_of(probs, torch.ones(2, 2, dtype=torch.bool), kept))
    assert float(loss) == pytest.approx(0.0, abs=1e-6)


def test_killed_experts_count_in_the_fair_share() -> None:
    """Four of eight are alive and each has one token of four, with a gate of 1: the losses are 8 / 4, or that less 1.
    Of eight tokens half are dropped by a capacity of one fair share, which is one place each."""
    probs = functional.pad(torch.eye(4), (0, 4))
    routing = replace(routing_of(probs, probs > 0), logits=probs, target=1)
    assert float(load_balancing_loss(routing)) == pytest.approx(2.0)
    assert float(sequence_balance_loss(routing, 4)) == pytest.approx(2.0)
    assert float(load_balanced_l1(routing)) == pytest.approx(2.0)
    assert float(importance_loss(routing)) == pytest.approx(1.0)
    twice = probs.repeat(2, 1)
    assert int(Capacity(train_capacity_factor=1.0)(routing_of(twice, twice > 0)).kept.sum()) == 4


def test_under_a_capacity_full_experts_look_alike_however_many_tokens_chose_them() -> None:
    """Three tokens against one: sums 3 and 1, (1 / 2)^2. With one place each they are 1 and 1."""
    probs = torch.tensor([[1.0, 0.0], [1.0, 0.0], [1.0, 0.0], [0.0, 1.0]])
    routing = routing_of(probs, probs > 0)
    assert float(importance_loss(routing)) == pytest.approx(0.25)
    assert float(importance_loss(Capacity(train_capacity_factor=0.5)(routing))) == 0.0


def test_the_gradient_of_importance_by_hand() -> None:
    """Sums 3 and 1: dL/dI is (2/16, -6/16), as for any squared coefficient of variation, for every token alike."""
    gates = torch.tensor([[2.0, 0.5], [1.0, 0.5]], requires_grad=True)
    routing = replace(routing_of(gates.detach(), torch.ones(2, 2, dtype=torch.bool)), gates=gates)
    (gradient,) = torch.autograd.grad(importance_loss(routing), gates)
    torch.testing.assert_close(gradient, torch.tensor([[2 / 16, -6 / 16]]).repeat(2, 1))


def test_the_probability_of_a_choice_by_hand() -> None:
    """Logits 2, 1 and 0, and noise that happened to be zero. One of three: the first stays in as long as it is over 1,
    a distance of one sigma; the others have to pass 2. Two of three: what is in has to stay over 0; what is out has to
    pass 1."""
    logits = torch.tensor([[2.0, 1.0, 0.0]])
    one = choice_probability(chosen_by(logits, 1, noise_std=1.0))[0].tolist()
    assert one == pytest.approx([PHI_OF_ONE, 1 - PHI_OF_ONE, 0.0227501], abs=1e-6)
    two = choice_probability(chosen_by(logits, 2, noise_std=1.0))[0].tolist()
    assert two == pytest.approx([0.9772499, PHI_OF_ONE, 1 - PHI_OF_ONE], abs=1e-6)


def test_the_probability_starts_from_the_clean_logit_and_compares_with_the_others_noisy_ones() -> None:
    """Clean logits 0 and 0, noisy ones 5 and 1: the first has to stay over 1, the second to pass 5; sigma is 2."""
    routing = chosen_by(torch.tensor([[5.0, 1.0]]), 1, noise_std=2.0, logits=torch.zeros(1, 2))
    assert choice_probability(routing)[0].tolist() == pytest.approx([0.3085375, 0.0062097], abs=1e-6)


def test_the_load_loss_by_hand() -> None:
    """Loads Phi(1) and Phi(-1) add up to 1: mean 1/2, deviation 0.3413447, so (0.6826895)^2 = 0.466065."""
    routing = chosen_by(torch.tensor([[1.0, 0.0]]), 1, noise_std=1.0)
    assert float(load_loss(routing)) == pytest.approx(0.466065, abs=1e-5)


def test_the_load_loss_pulls_the_busy_down_and_the_idle_up() -> None:
    """Which counting cannot: a count has no gradient."""
    logits = torch.tensor([[1.0, 0.0], [0.5, 0.0]], requires_grad=True)
    (gradient,) = torch.autograd.grad(load_loss(chosen_by(logits, 1, noise_std=1.0)), logits)
    assert bool((gradient[:, 0] > 0).all())
    assert bool((gradient[:, 1] < 0).all())


def redrawn(routing: TokenRouting, k: int, token: int, expert: int, num_draws: int = 20_000) -> float:
    """How often the token chooses the expert when the noise of that one logit is drawn again and again.

    One draw is taken from each of num_draws equally likely parts of the normal distribution.
    """
    assert routing.noise_std is not None
    parts = (torch.arange(num_draws) + torch.rand(num_draws, generator=seeded(token))) / num_draws
    selection = routing.selection[token].detach().repeat(num_draws, 1)
    noise = routing.noise_std[token, expert].detach() * torch.special.ndtri(parts.double()).float()
    selection[:, expert] = routing.logits[token, expert].detach() + noise
    return float((selection.topk(k).indices == expert).any(-1).float().mean())


@pytest.mark.parametrize("k", [1, 2, 4, NUM_EXPERTS])
def test_the_probability_of_a_choice_is_how_often_it_is_made(k: int) -> None:
    routing = route(linear_router(NoisyTopKRouterConfig(k=k), 3), random_tokens(6, 3))
    probability = choice_probability(routing)
    for token in range(6):
        for expert in range(NUM_EXPERTS):
            found = float(probability[token, expert].detach())
            assert found == pytest.approx(redrawn(routing, k, token, expert), abs=5e-4)


@pytest.mark.parametrize("size", [1.0, 1e4])
@pytest.mark.parametrize("k", [1, 2, 4, NUM_EXPERTS])
def test_the_load_loss_is_finite_with_finite_gradients(k: int, size: float) -> None:
    """Also where all experts are chosen, and where the noise is nothing beside the logits."""
    router = linear_router(NoisyTopKRouterConfig(k=k, router_noise=0.0), 3)
    loss = load_loss(route(router, size * random_tokens(20, 3)))
    gradients = torch.autograd.grad(loss, list(router.parameters()))
    assert all(bool(value.isfinite().all()) for value in (loss, *gradients))


def test_whoever_cannot_be_left_out_is_chosen_with_certainty() -> None:
    """With all experts chosen nothing could take a place, so the load is even and teaches nothing."""
    router = linear_router(NoisyTopKRouterConfig(k=NUM_EXPERTS), 3)
    routing = route(router, random_tokens(6, 3))
    assert choice_probability(routing).tolist() == [[1.0] * NUM_EXPERTS] * 6
    loss = load_loss(routing)
    assert float(loss.detach()) == 0.0
    for gradient in torch.autograd.grad(loss, list(router.parameters())):
        assert bool(gradient.isfinite().all())
        assert not gradient.any()


def test_the_load_loss_works_in_bfloat16() -> None:
    router = linear_router(NoisyTopKRouterConfig(k=2), 3)
    exact = load_loss(route(router, random_tokens(20, 3)))
    half_router = linear_router(NoisyTopKRouterConfig(k=2), 3)
    half_router.bfloat16()
    loss = load_loss(route(half_router, random_tokens(20, 3).bfloat16()))
    assert float(loss.detach()) == pytest.approx(float(exact.detach()), rel=0.1)
    assert all(bool(g.isfinite().all()) for g in torch.autograd.grad(loss, list(half_router.parameters())))


without_noise = [config for config in router_configs() if config.router != "noisy_top_k"]


@pytest.mark.parametrize("config", [*without_noise, NoisyTopKRouterConfig()], ids=router_name)
def test_the_load_loss_refuses_a_routing_without_noise(config: RouterConfig) -> None:
    """Of a router that has none, and of any router in evaluation."""
    routing = route(new_router(config, 3).eval(), random_tokens(6, 3))
    message = "^The load loss needs a routing with noise: there is none in evaluation, or with this router.$"
    with pytest.raises(ValueError, match=message):
        load_loss(routing)


def test_the_z_loss_by_hand() -> None:
    """log(1 + 1) = ln 2 and log(3 + 1) = ln 4 = 2 ln 2: the mean of their squares is 2.5 (ln 2)^2."""
    routing = with_logits(torch.tensor([[0.0, 0.0], [math.log(3), 0.0]]))
    assert float(router_z_loss(routing)) == pytest.approx(2.5 * math.log(2) ** 2)


def test_the_gradient_of_the_z_loss_by_hand() -> None:
    """2 z p / T: for one token with logits 0 and 0, 2 ln 2 (1/2, 1/2)."""
    logits = torch.zeros(1, 2, requires_grad=True)
    (gradient,) = torch.autograd.grad(router_z_loss(with_logits(logits)), logits)
    assert gradient[0].tolist() == pytest.approx([math.log(2)] * 2)


def test_the_z_loss_sees_a_constant_that_no_probability_sees() -> None:
    """That is why it can keep logits small. It is 0 where the exponentials sum to 1, not where the logits are 0."""
    logits = random_tokens(7, 4)
    normalised = logits.log_softmax(-1)
    assert float(router_z_loss(with_logits(normalised))) == pytest.approx(0.0, abs=1e-12)
    assert float(router_z_loss(with_logits(normalised + 3.0))) == pytest.approx(9.0)


def test_the_z_loss_stays_finite_where_exponentials_do_not() -> None:
    logits = torch.tensor([[1e4, 0.0], [-1e4, -1e4]], requires_grad=True)
    loss = router_z_loss(with_logits(logits))
    (gradient,) = torch.autograd.grad(loss, logits)
    assert bool(loss.isfinite())
    assert bool(gradient.isfinite().all())
