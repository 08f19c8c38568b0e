"""More claims that are often stated wrongly, on losses and on sparse work. Each test is named after what is true."""

import math
from dataclasses import replace

import pytest
import torch
from torch import Tensor

from moe_core.config.routers import SwitchRouterConfig, TopKRouterConfig
from moe_core.dispatch import BatchedTokens, GroupedTokens
from moe_core.losses import load_balancing_loss
from moe_core.metrics import effective_experts, expert_label_nmi, max_violation
from moe_core.routing import TokenRouting
from tests.moe_core.cases import linear_router, mlp_experts, random_tokens, route, routing_of, small_layer

T, D, E = 60, 3, 4


def collapsed_onto(expert: int, surely: float = 0.97) -> TokenRouting:
    """Every token to one expert."""
    probs = torch.full((T, E), (1 - surely) / (E - 1))
    probs[:, expert] = surely
    return routing_of(probs, torch.eye(E)[expert].bool().expand(T, E))


def pooled(routings: list[TokenRouting]) -> TokenRouting:
    """The tokens of several layers as if they were those of one."""
    probs, assigned = (torch.cat([getattr(one, name) for one in routings]) for name in ("probs", "assigned"))
    return routing_of(probs, assigned)


def test_a_loss_over_pooled_layers_hides_the_collapse_of_each() -> None:
    """Four layers have collapsed, each onto another expert. Each alone has nearly the greatest loss there is, E. Their
    tokens together are balanced, so the loss over all of them is 1."""
    layers = [collapsed_onto(expert) for expert in range(E)]
    assert [float(load_balancing_loss(layer)) for layer in layers] == pytest.approx([0.97 * E] * E)
    assert [effective_experts(layer.load) for layer in layers] == pytest.approx([1.0] * E)
    assert float(load_balancing_loss(pooled(layers))) == pytest.approx(1.0)
    assert effective_experts(pooled(layers).load) == pytest.approx(E)


def test_the_balance_loss_needs_the_probabilities_of_all_experts() -> None:
    """After a softmax over the chosen ones alone P is f, if one is chosen: no gradient is left to balance with."""
    routing = route(linear_router(SwitchRouterConfig(), D, num_experts=E), random_tokens(T, D))
    masked = routing.logits.masked_fill(~routing.assigned, -math.inf).softmax(-1)
    (lost,) = torch.autograd.grad(
        load_balancing_loss(replace(routing, probs=masked)), routing.logits, retain_graph=True
    )
    (kept,) = torch.autograd.grad(load_balancing_loss(routing), routing.logits)
    assert not lost.any()
    assert float(kept.abs().max()) > 1e-4


@pytest.mark.parametrize("k", [1, 2, 3])
def test_libraries_scale_the_balance_loss_in_different_ways(k: int) -> None:
    """At balance E sum f P is 1 where f is a share of all assignments, k where f counts each token's k in full, and
    1 / E^2 times as much where it is a mean over the experts of f P."""
    routing = route(linear_router(TopKRouterConfig(k=k), D, num_experts=E), random_tokens(T, D))
    per_token = routing.assigned.float().mean(0)
    ours = float(load_balancing_loss(routing).detach())
    assert float((E * per_token * routing.importance).sum().detach()) == pytest.approx(k * ours)
    assert float((routing.load * routing.importance).mean().detach()) == pytest.approx(ours / E**2)


@pytest.mark.parametrize("k", [1, 2])
def test_the_router_is_taught_by_the_factor_p_and_not_by_the_choice(k: int) -> None:
    """With the gates held constant, the same output has no gradient in the router, k = 1 or more."""
    layer = small_layer(TopKRouterConfig(k=k, renormalize=False), d_model=D, d_hidden=8, d_out=2)
    x = random_tokens(T, D)
    output, routing = layer(x)
    gates = routing.gates.detach()
    constant = torch.einsum("te,etc->tc", gates, layer.expert_outputs(x))
    torch.testing.assert_close(constant, output, rtol=1e-4, atol=1e-5)

    def pull(answer: Tensor) -> float:
        (gradient,) = torch.autograd.grad(answer.square().sum(), [layer.router.rows()[0]], allow_unused=True)
        return 0.0 if gradient is None else float(gradient.norm())

    assert pull(constant) == 0.0
    assert pull(output) > 0.1


def test_balanced_by_chance_is_balanced_and_tells_nothing_of_the_classes() -> None:
    """Experts drawn at random: the load is nearly even, the agreement with the classes nearly zero. Sorted by class:
    equally even, and the agreement is 1."""
    labels = torch.arange(4000) % E
    drawn = torch.randint(E, (4000,), generator=torch.Generator().manual_seed(0))
    for experts, agreement in ((drawn, 0.0), (labels, 1.0)):
        assigned = torch.eye(E)[experts].bool()
        load = routing_of(torch.full((4000, E), 1 / E), assigned).load
        assert max_violation(load) < 0.1
        assert expert_label_nmi(assigned, labels) == pytest.approx(agreement, abs=0.01)


@pytest.mark.parametrize("k", [1, 2, E])
def test_sparse_saves_work_only_if_each_expert_sees_no_more_than_its_own_tokens(k: int) -> None:
    """Every expert on every token is E T rows, whatever k is, most of them multiplied by zero. Gathered by expert it is
    k T rows, and the same output."""
    routing = route(linear_router(TopKRouterConfig(k=k), D, num_experts=E), random_tokens(T, D))
    x, experts = random_tokens(T, D), mlp_experts(E, D, 8, 2)
    everywhere, gathered = BatchedTokens.everywhere(x, E), GroupedTokens.chosen(x, routing.kept)
    assert everywhere.values.shape[:2].numel() == E * T
    assert sum(len(rows) for rows in gathered.values) == k * T
    assert int((routing.gates == 0).sum()) == (E - k) * T
    torch.testing.assert_close(
        experts(everywhere).weighted_sum(routing.gates), experts(gathered).weighted_sum(routing.gates)
    )
