"""Claims about mixtures of experts that are often stated wrongly. Each test is named after what is true."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from moe_core.config.routers import (
    DenseRouterConfig,
    NoisyTopKRouterConfig,
    RouterConfig,
    SwitchRouterConfig,
    TopKRouterConfig,
)
from moe_core.losses import importance_loss, load_balancing_loss, load_loss, router_z_loss
from moe_core.metrics import effective_experts, expert_label_nmi
from moe_core.routing import TokenRouting
from tests.moe_core.cases import NUM_EXPERTS, linear_router, random_tokens, route, routing_of, small_layer

T, D = 64, 3


def logits_gradient(config: RouterConfig) -> tuple[TokenRouting, Tensor]:
    """A routing, and the gradient that a task's loss on the layer's output sends to its logits (T, E)."""
    layer = small_layer(config, d_model=D, d_hidden=8, d_out=2)
    output, routing = layer(random_tokens(T, D))
    assert isinstance(routing, TokenRouting)
    targets = random_tokens(T, 2, seed=9)
    (gradient,) = torch.autograd.grad((output - targets).square().sum(), routing.logits)
    return routing, gradient


def test_top_1_renormalised_gives_the_router_no_task_gradient_and_switch_does() -> None:
    """ "Top-1 gives the router no gradient" holds only where the gate is divided by itself."""
    _, renormalised = logits_gradient(TopKRouterConfig(k=1, renormalize=True))
    _, switch = logits_gradient(SwitchRouterConfig())
    assert float(renormalised.abs().max()) < 1e-5
    assert float(switch.abs().max()) > 0.1


@pytest.mark.parametrize("k", [1, 2, 3])
def test_softmax_then_top_k_is_top_k_then_softmax_if_renormalised(k: int) -> None:
    """Both by their definitions: the chosen probabilities over their sum, and a softmax over the chosen logits."""
    routing = route(linear_router(TopKRouterConfig(k=k, renormalize=True), D), random_tokens(T, D))
    chosen = routing.probs * routing.assigned
    softmax_then_top_k = chosen / chosen.sum(-1, keepdim=True)
    top_k_then_softmax = routing.logits.masked_fill(~routing.assigned, -math.inf).softmax(-1)
    torch.testing.assert_close(routing.gates, softmax_then_top_k)
    torch.testing.assert_close(routing.gates, top_k_then_softmax)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_softmax_then_top_k_is_not_top_k_then_softmax_if_not_renormalised(k: int) -> None:
    """The gates are then smaller by the probability of the experts that were not chosen."""
    routing = route(linear_router(TopKRouterConfig(k=k, renormalize=False), D), random_tokens(T, D))
    top_k_then_softmax = routing.logits.masked_fill(~routing.assigned, -math.inf).softmax(-1)
    lost = 1.0 - routing.gates.detach().sum(-1)
    assert float(lost.min()) > 0.0
    torch.testing.assert_close(routing.gates, top_k_then_softmax * (1.0 - lost).unsqueeze(-1))


def test_logits_that_were_not_chosen_get_task_gradient_only_without_renormalisation() -> None:
    renormalised, with_it = logits_gradient(TopKRouterConfig(k=2, renormalize=True))
    plain, without_it = logits_gradient(TopKRouterConfig(k=2, renormalize=False))
    assert float(with_it[~renormalised.assigned].abs().max()) < 1e-5
    assert float(without_it[~plain.assigned].abs().max()) > 1e-2


def test_f_has_no_gradient() -> None:
    """The load counts, so the balance loss teaches through P alone: with f as a constant nothing changes."""
    router = linear_router(SwitchRouterConfig(), D)
    routing = route(router, random_tokens(T, D))
    assert not routing.load.requires_grad
    assert routing.importance.requires_grad
    constant = torch.tensor(routing.load.tolist())
    (whole,) = torch.autograd.grad(load_balancing_loss(routing), router.weight, retain_graph=True)
    (through_p,) = torch.autograd.grad(NUM_EXPERTS * (constant * routing.importance).sum(), router.weight)
    torch.testing.assert_close(whole, through_p)


@pytest.mark.parametrize("k", range(1, 6))
def test_the_balance_loss_is_one_at_balance_for_every_k_and_whatever_p_is(k: int) -> None:
    """Libraries differ: some scale it to k. Token t takes experts t, t + 1, ... t + k - 1, so the load is even."""
    assigned = sum((torch.eye(5).roll(shift, 1) for shift in range(k)), torch.zeros(5, 5)).bool()
    for probs in (torch.full((5, 5), 0.2), random_tokens(5, 5).mul(3).softmax(-1)):
        assert float(load_balancing_loss(routing_of(probs, assigned))) == pytest.approx(1.0)


def test_the_balance_loss_can_be_under_one() -> None:
    """1 is no bound: f = (1/2, 0, 1/2) and P = (0.255, 0.49, 0.255) give 3 x 0.255 = 0.765.

    The middle expert is everybody's close second.
    """
    probs = torch.tensor([[0.5, 0.49, 0.01], [0.01, 0.49, 0.5]])
    assigned = torch.tensor([[True, False, False], [False, False, True]])
    assert torch.equal(probs.argmax(-1), assigned.int().argmax(-1))
    assert float(load_balancing_loss(routing_of(probs, assigned))) == pytest.approx(0.765)


def test_equal_importance_does_not_mean_equal_load() -> None:
    """Two tokens lean a little to one expert, the third leans far to the other."""
    routing = routing_of(
        torch.tensor([[0.6, 0.4], [0.6, 0.4], [0.3, 0.7]]), torch.tensor([[True, False], [True, False], [False, True]])
    )
    assert routing.importance.tolist() == pytest.approx([0.5, 0.5])
    assert routing.load.tolist() == pytest.approx([2 / 3, 1 / 3])


def test_equal_sums_of_gates_do_not_mean_equal_load_either() -> None:
    """The importance loss is content, and one expert has twice as many tokens. So the paper has a load loss too."""
    gates = torch.tensor([[0.5, 0.0], [0.5, 0.0], [0.0, 1.0]])
    routing = replace(routing_of(torch.full((3, 2), 0.5), gates > 0), gates=gates)
    assert float(importance_loss(routing)) == pytest.approx(0.0)
    assert routing.load.tolist() == pytest.approx([2 / 3, 1 / 3])


def test_noise_lets_the_load_have_a_gradient_and_nothing_else_does() -> None:
    """The count of tokens has none. The probability of being chosen, had the noise been drawn again, has."""
    routing = route(linear_router(NoisyTopKRouterConfig(k=1), D), random_tokens(T, D))
    assert not routing.load.requires_grad
    (gradient,) = torch.autograd.grad(load_loss(routing), routing.logits)
    assert float(gradient.abs().max()) > 1e-3


def test_the_z_loss_balances_nothing() -> None:
    """A router that has collapsed has the least z-loss there is, if the exponentials of its logits sum to 1."""
    collapsed = routing_of(torch.tensor([[0.97, 0.01, 0.01, 0.01]]).repeat(8, 1), torch.eye(4)[:1].bool().repeat(8, 1))
    assert effective_experts(collapsed.load) == pytest.approx(1.0)
    assert float(router_z_loss(collapsed)) == pytest.approx(0.0, abs=1e-9)


def test_the_even_load_of_dense_gating_says_nothing_of_who_answers() -> None:
    """Every expert is asked each time, however little its answer counts."""
    router = linear_router(DenseRouterConfig(), D)
    with torch.no_grad():
        router.weight.zero_()
        assert router.bias is not None
        router.bias.copy_(torch.tensor([10.0, 0.0, 0.0, 0.0, 0.0, 0.0]))
        routing = route(router, random_tokens(T, D))
    assert effective_experts(routing.load) == pytest.approx(NUM_EXPERTS)
    assert effective_experts(routing.importance) < 1.01


def test_balanced_is_not_specialised() -> None:
    """Sent round robin, every expert has its fair share, and knowing the expert says nothing of the class."""
    labels = torch.arange(16) // 4
    assigned = torch.eye(4).repeat(4, 1).bool()
    assert effective_experts(routing_of(torch.full((16, 4), 0.25), assigned).load) == pytest.approx(4.0)
    assert expert_label_nmi(assigned, labels) == pytest.approx(0.0, abs=1e-6)


def test_load_entropy_is_not_the_routers_entropy() -> None:
    """A router that is sure of every token (entropy 0 each) can still use all experts (4 effective ones)."""
    routing = routing_of(torch.eye(4), torch.eye(4).bool())
    token_entropy = torch.special.entr(routing.probs).sum(-1)
    assert token_entropy.tolist() == [0.0] * 4
    assert effective_experts(routing.load) == pytest.approx(4.0)
