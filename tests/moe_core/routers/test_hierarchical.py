"""The hierarchical router: two levels of gates by their definition, and whole branches that are killed."""

import pytest
import torch
from torch import Generator, Tensor

from moe_core.config import ConfigError, RunConfig
from moe_core.config.routers import DenseRouterConfig, HierarchicalRouterConfig
from moe_core.layer import MoELayer
from moe_core.routers import HierarchicalRouter, build_router
from moe_core.routers.router import KILLED, NEWBORN
from moe_core.routing import TokenRouting
from moe_core.trainer import Trainer
from tests.moe_core.cases import linear_router, mlp_experts, new_router, parts, random_tokens, route, small_config
from tests.moe_core.naive_layer import naive_layer

E, D, T = 6, 3, 13
each_number_of_branches = pytest.mark.parametrize("num_branches", [1, 2, 3, 6])


def hierarchical(num_branches: int, offsets: dict[int, float] | None = None, **settings: float) -> HierarchicalRouter:
    config = HierarchicalRouterConfig.model_validate({"num_branches": num_branches} | settings)
    router = new_router(config, D, num_experts=E)
    assert isinstance(router, HierarchicalRouter)
    for expert, offset in (offsets or {}).items():
        router.offset[expert] = offset
    router.notice()
    return router


def gates(routing: TokenRouting, num_branches: int) -> tuple[Tensor, Tensor]:
    """g_i (T, B) and g_j|i (T, B, E / B), read off the products."""
    within = routing.probs.view(T, num_branches, -1)
    return within.sum(-1), within / within.sum(-1, keepdim=True)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 4.0])
@pytest.mark.parametrize("router_bias", [False, True])
@each_number_of_branches
def test_the_layer_is_its_definition(num_branches: int, router_bias: bool, temperature: float) -> None:
    """sum_i g_i sum_j g_j|i y_ij, token by token, and its gradients."""
    settings = {"num_branches": num_branches, "router_bias": router_bias, "temperature": temperature}
    config = HierarchicalRouterConfig.model_validate(settings)
    router = linear_router(config, D, num_experts=E)
    layer = MoELayer(router, mlp_experts(E, D, 4, 2))
    x = random_tokens(T, D)
    wanted, (output, _) = naive_layer(config, router, layer.experts, x), layer(x)
    torch.testing.assert_close(output, wanted, rtol=1e-5, atol=1e-6)
    direction, leaves = random_tokens(T, 2, seed=3), list(layer.parameters())
    found, by_hand = (torch.autograd.grad(answer, leaves, direction) for answer in (output, wanted))
    for gradient, wanted_gradient in zip(found, by_hand, strict=True):
        torch.testing.assert_close(gradient, wanted_gradient, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("d_model", [1, 2])
def test_a_start_of_scale_zero_is_indifferent_at_both_levels(d_model: int) -> None:
    """On a line a circle's constants are no zeros."""
    config = HierarchicalRouterConfig(num_branches=3, router_init="circle", router_init_scale=0.0)
    router = build_router(config, d_model=d_model, num_experts=E, generator=Generator().manual_seed(0))
    torch.testing.assert_close(parts(route(router, random_tokens(T, d_model)))["probs"], torch.full((T, E), 1 / E))


@each_number_of_branches
def test_the_products_of_the_gates_sum_to_one_and_those_of_a_branch_in_every_branch(num_branches: int) -> None:
    router, x = hierarchical(num_branches), random_tokens(T, D)
    routing = route(router, x)
    torch.testing.assert_close(routing.gates.sum(-1), torch.ones(T))
    assert torch.equal(routing.gates, routing.probs)
    top, inner = gates(routing, num_branches)
    torch.testing.assert_close(top, torch.nn.functional.linear(x, router.top_weight, router.top_bias).softmax(-1))
    lower = torch.nn.functional.linear(x, router.weight, router.bias)
    torch.testing.assert_close(inner, lower.view(T, num_branches, -1).softmax(-1))


def test_one_branch_is_the_dense_router() -> None:
    x = random_tokens(T, D)
    dense = route(linear_router(DenseRouterConfig(), D, num_experts=E), x)
    router = hierarchical(1)
    with torch.no_grad():
        for mine, its in zip(router.rows(), linear_router(DenseRouterConfig(), D, num_experts=E).rows(), strict=True):
            mine.copy_(its)
    torch.testing.assert_close(route(router, x).probs, dense.probs)


def test_branches_of_one_expert_each_are_the_dense_router_too() -> None:
    """The top gate alone chooses then."""
    x, router = random_tokens(T, D), hierarchical(E)
    wanted = torch.nn.functional.linear(x, router.top_weight, router.top_bias).softmax(-1)
    torch.testing.assert_close(route(router, x).probs, wanted)


def test_a_killed_expert_leaves_its_share_to_its_branch() -> None:
    x = random_tokens(T, D)
    before, after = (gates(route(hierarchical(2, dead), x), 2) for dead in ({}, {1: KILLED}))
    torch.testing.assert_close(after[0], before[0])
    torch.testing.assert_close(after[1][:, 1], before[1][:, 1])
    assert not after[1][:, 0, 1].any()
    others = before[1][:, 0, [0, 2]]
    torch.testing.assert_close(after[1][:, 0, [0, 2]], others / others.sum(-1, keepdim=True))


@pytest.mark.parametrize("temperature", [0.1, 1.0, 50.0])
def test_a_branch_whose_experts_are_all_killed_gets_nothing(temperature: float) -> None:
    """The others share what it had, as if it had never been, and no gradient is lost for it."""
    x = random_tokens(T, D)
    router = hierarchical(3, dict.fromkeys((2, 3), KILLED), temperature=temperature)
    routing = route(router, x)
    assert not routing.probs[:, [2, 3]].any()
    others = route(hierarchical(3, temperature=temperature), x).probs[:, [0, 1, 4, 5]]
    torch.testing.assert_close(routing.probs[:, [0, 1, 4, 5]], others / others.sum(-1, keepdim=True))
    for gradient in torch.autograd.grad(routing.probs.square().sum(), list(router.parameters())):
        assert bool(gradient.isfinite().all())


@pytest.mark.parametrize("temperature", [0.1, 1.0, 50.0])
@each_number_of_branches
def test_a_newborn_is_not_heard_even_alone_in_its_branch(num_branches: int, temperature: float) -> None:
    x = 0.1 * temperature * random_tokens(T, D)
    asleep, absent = (
        route(hierarchical(num_branches, {5: offset}, temperature=temperature), x).probs for offset in (NEWBORN, KILLED)
    )
    torch.testing.assert_close(asleep, absent, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize("num_branches", [0, 4, 7])
def test_branches_that_do_not_divide_the_experts_are_refused(num_branches: int) -> None:
    with pytest.raises(
        ValueError, match=f"num_branches = {num_branches} was refused: it divides num_experts, which is 6"
    ):
        HierarchicalRouter(d_model=D, num_experts=E, generator=Generator(), num_branches=num_branches)


def test_the_page_is_told_which_setting_does_not_fit() -> None:
    config = RunConfig.from_settings({"router": "hierarchical", "balancer": "none", "num_experts": 6})
    told = [str(problem) for change in ({"num_branches": 4}, {"num_experts": 7}) for problem in config.merge(change)[1]]
    assert told == [
        "num_branches = 4 was refused: it divides the number of experts, which is 6.",
        "num_experts = 7 was refused: it is a multiple of the number of branches, which is 2.",
    ]
    (problem,) = RunConfig.from_settings({"balancer": "none", "num_experts": 7}).merge({"router": "hierarchical"})[1]
    assert (
        str(problem)
        == "router = hierarchical was refused: it has 2 branches of one size, and the number of experts is 7."
    )


@pytest.mark.parametrize(("name", "expert"), [("clone", 1), ("add", None)])
def test_no_expert_is_added_to_a_hierarchy(name: str, expert: int | None) -> None:
    trainer = Trainer(small_config(router="hierarchical"))
    with pytest.raises(ConfigError, match="its branches have one size"):
        trainer.do(name, expert)


def test_its_parameters_are_those_that_are_counted() -> None:
    for router_bias in (False, True):
        config = HierarchicalRouterConfig(num_branches=3, router_bias=router_bias)
        held = sum(parameter.numel() for parameter in new_router(config, D, num_experts=E).parameters())
        assert held == config.parameters(E, D)


def test_its_logits_are_those_of_its_probabilities() -> None:
    routing = parts(route(hierarchical(3), random_tokens(T, D)))
    torch.testing.assert_close(routing["logits"].softmax(-1), routing["probs"])
    torch.testing.assert_close(routing["logits"].exp(), routing["probs"])
