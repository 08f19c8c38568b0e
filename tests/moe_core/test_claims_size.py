"""Claims about a changing number of experts: a network made into a mixture, and an expert more."""

import pytest
import torch
from torch import Tensor

from moe_core.config.routers import RouterConfig, SwitchRouterConfig, TopKRouterConfig
from moe_core.layer import MoELayer
from moe_core.model import PlainNetwork
from moe_core.routers import Router
from moe_core.routers.router import KILLED, NEWBORN
from moe_core.upcycling import upcycle
from tests.moe_core.cases import (
    NUM_EXPERTS,
    linear_router,
    mlp_experts,
    new_router,
    random_tokens,
    route,
    router_configs,
    router_name,
    seeded,
    small_layer,
)

T, D, WIDTH = 50, 3, 6
X = random_tokens(T, D)

IDS = torch.arange(T)

TOKEN_BY_TOKEN = [config for config in router_configs() if not config.looks_at_batch]
every_router = pytest.mark.parametrize("config", TOKEN_BY_TOKEN, ids=router_name)
every_growing_router = pytest.mark.parametrize(
    "config", [config for config in TOKEN_BY_TOKEN if config.grows is True], ids=router_name
)
each_mode = pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])


def dense() -> PlainNetwork:
    return PlainNetwork(D, WIDTH, D, seeded(3))


def upcycled(network: PlainNetwork, router: Router) -> MoELayer:
    """A layer behind the router whose every expert is a copy of the network."""
    experts = mlp_experts(NUM_EXPERTS, D, WIDTH, D)
    upcycle(experts, network)
    return MoELayer(router, experts)


@each_mode
@every_router
def test_an_upcycled_network_is_the_network_times_the_sum_of_its_gates(config: RouterConfig, training: bool) -> None:
    """Whatever the router and its noise: with gates that sum to 1 it is the network. What a router leaves of the token
    itself stays beside it."""
    network = dense()
    layer = upcycled(network, new_router(config, D)).train(training)
    output, routing = layer(X, IDS)
    kept_of_token = torch.zeros(T) if routing.residual is None else routing.residual
    wanted = routing.gates.sum(-1, keepdim=True) * network(X) + kept_of_token.unsqueeze(-1) * X
    torch.testing.assert_close(output, wanted)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("k", [1, 2, NUM_EXPERTS])
def test_upcycling_changes_nothing_if_gates_are_renormalised(k: int, seed: int) -> None:
    network = dense()
    output, _ = upcycled(network, new_router(TopKRouterConfig(k=k, renormalize=True), D, seed=seed))(X)
    torch.testing.assert_close(output, network(X))


@pytest.mark.parametrize("k", [1, 2])
def test_upcycling_scales_by_the_chosen_probabilities_if_gates_are_not_renormalised(k: int) -> None:
    network, router = dense(), new_router(TopKRouterConfig(k=k, renormalize=False), D)
    chosen = route(router, X).probs.detach().topk(k).values.sum(-1, keepdim=True)
    output, _ = upcycled(network, router)(X)
    torch.testing.assert_close(output, chosen * network(X))
    assert float(chosen.min()) < 0.9


def test_copies_are_the_layers_own_and_the_network_is_left_alone() -> None:
    network = dense()
    layer = upcycled(network, new_router(SwitchRouterConfig(), D))
    with torch.no_grad():
        for parameter in layer.experts.parameters():
            parameter[0] += 1.0
    answers = layer.expert_outputs(X)
    assert not torch.allclose(answers[0], network(X))
    for answer in answers[1:]:
        torch.testing.assert_close(answer, network(X))


def test_equal_experts_part_because_they_get_different_tokens() -> None:
    """The gradient of each copy is that of its own tokens alone, so no two are equal after one step."""
    network = dense()
    layer = upcycled(network, linear_router(SwitchRouterConfig(), D))
    output, routing = layer(X)
    gradients: list[Tensor] = list(torch.autograd.grad(output.square().sum(), list(layer.experts.parameters())))
    used = [expert for expert in range(NUM_EXPERTS) if routing.assigned[:, expert].any()]
    rows = torch.cat([gradient.flatten(1) for gradient in gradients], dim=1)[used]
    apart = torch.cdist(rows, rows) + torch.eye(len(used)) * 1e9
    assert len(used) > 1
    assert float(apart.min()) > 1e-3


@pytest.mark.parametrize(("offset", "tolerance"), [(KILLED, 0.0), (NEWBORN, 1e-6)], ids=["minus infinity", "newborn"])
@every_growing_router
def test_an_added_expert_whose_logit_is_minus_infinity_changes_nothing(
    config: RouterConfig, offset: float, tolerance: float
) -> None:
    """Its weights do not matter then. A newborn's logit is lower by 16, which is as good as that in float32. (Where k
    is E nobody is left out, and a newborn counts by e^-16 of what it would.)"""
    one, other = (small_layer(config, D, WIDTH, D).eval() for _ in range(2))
    for layer in (one, other):
        layer.router.offset[NUM_EXPERTS - 1] = offset
        layer.router.notice()
    with torch.no_grad():
        for parameter in other.experts.parameters():
            parameter[-1] += 1.0
        for parameter in other.router.rows():
            parameter[-1] *= 0.5
    x = 0.1 * X
    torch.testing.assert_close(one(x, IDS)[0], other(x, IDS)[0], rtol=tolerance, atol=10 * tolerance)
