"""What is often said wrongly of routers that compare directions, add up probabilities or have no softmax, and of the
numbers that are read off them: each a test named after the claim."""

import math

import torch

from moe_core.config.routers import CosineRouterConfig, ReluRouterConfig, SwitchRouterConfig, TopPRouterConfig
from moe_core.losses import entropy_loss, load_balancing_loss, mutual_information_loss
from moe_core.metrics import dispatch_entropy, effective_experts, expert_label_counts, router_entropy
from moe_core.routers import CosineRouter
from tests.moe_core.cases import linear_router, new_router, random_tokens, route, routing_of, small_layer

T, D = 64, 3


def test_dispatch_entropy_is_not_the_routers_softmax_entropy() -> None:
    """A router that is all but undecided can send each class to an expert of its own, and one that is sure of every
    token can mix all classes in every expert."""
    labels = torch.arange(8) % 4
    unsure = torch.full((8, 4), 0.24)
    unsure[torch.arange(8), labels] = 0.28
    sure = torch.eye(4)[torch.arange(8) // 2]
    unsure_but_apart, sure_but_mixed = (
        (router_entropy(probs), dispatch_entropy(expert_label_counts(probs == probs.amax(-1, keepdim=True), labels, 4)))
        for probs in (unsure, sure)
    )
    assert unsure_but_apart[0] > 0.99 * math.log(4)
    assert unsure_but_apart[1] == 0.0
    assert sure_but_mixed[0] == 0.0
    assert math.isclose(sure_but_mixed[1], math.log(2))


def test_load_is_not_importance_where_the_number_of_experts_varies_either() -> None:
    """Two experts with the same sum of probabilities: one is asked by all tokens, the other by the sure one alone."""
    routing = routing_of(
        torch.tensor([[0.4, 0.1, 0.5], [0.4, 0.2, 0.4], [0.1, 0.6, 0.3]]),
        torch.tensor([[True, False, True], [True, False, True], [False, True, False]]),
    )
    assert torch.allclose(routing.importance[0], routing.importance[1])
    assert float(routing.load[0]) == 2 * float(routing.load[1])


def test_mutual_information_is_no_balance_loss() -> None:
    """Where the load and the probabilities are even the balance loss is at rest, and this one still pulls."""
    logits = torch.tensor([[0.1, 0.0], [0.0, 0.1]], requires_grad=True)
    routing = routing_of(logits.softmax(-1), logits > 0.05)
    (balance,) = torch.autograd.grad(load_balancing_loss(routing), logits, retain_graph=True)
    (information,) = torch.autograd.grad(mutual_information_loss(routing), logits)
    assert float(balance.abs().max()) < 1e-6
    assert float(information.abs().max()) > 1e-2


def test_an_entropy_loss_balances_nothing() -> None:
    """A router that has collapsed has the least of it."""
    collapsed = torch.eye(4)[:1].repeat(8, 1)
    routing = routing_of(collapsed, collapsed.bool())
    assert float(entropy_loss(routing)) == 0.0
    assert effective_experts(routing.load) == 1.0


def test_a_balance_loss_cannot_be_lowered_by_a_hotter_softmax_of_cosines() -> None:
    """The temperature gets no gradient from it. With a linear router a scale of the rows does."""
    router = new_router(CosineRouterConfig(k=1), D)
    assert isinstance(router, CosineRouter)
    x = random_tokens(T, D)
    (tau,) = torch.autograd.grad(load_balancing_loss(route(router, x)), router.log_tau, allow_unused=True)
    assert tau is None
    linear = linear_router(SwitchRouterConfig(), D)
    (rows,) = torch.autograd.grad(load_balancing_loss(route(linear, x)), linear.weight)
    assert float((rows * linear.weight).sum().detach().abs()) > 1e-3


def test_top_p_asks_no_fixed_number_of_experts() -> None:
    """Not even on average: the same p asks fewer of a router that is more sure."""
    x, counts = random_tokens(T, D), []
    for temperature in (4.0, 1.0, 0.25):
        router = linear_router(TopPRouterConfig(p=0.6, temperature=temperature), D)
        counts.append(float(route(router, x).assigned.sum(-1).float().mean()))
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 2 * counts[-1]


def test_a_relu_router_needs_no_second_expert_for_the_task_to_teach_it() -> None:
    """A gate that is a logit is taught where it is the only one, and experts do not compete for the token."""
    layer = small_layer(ReluRouterConfig(), D, 8, 2)
    output, routing = layer(random_tokens(T, D))
    (gradient,) = torch.autograd.grad((output - 1.0).square().sum(), routing.logits)
    alone = routing.assigned & (routing.assigned.sum(-1, keepdim=True) == 1)
    assert bool(alone.any())
    assert bool((gradient[alone] != 0).all())
    assert not gradient[~routing.assigned].any()
