"""What holds for every router of the registry, with each of its settings."""

import pytest
import torch
from torch import Tensor

from moe_core.config.router import RouterConfig
from moe_core.routers import LinearRouter
from moe_core.routing import TokenRouting
from tests.moe_core.cases import NUM_EXPERTS, linear_router, random_tokens, router_configs, router_name

T, D = 13, 3

every_router = pytest.mark.parametrize("config", router_configs(), ids=router_name)


def parts(routing: TokenRouting) -> dict[str, Tensor]:
    """Everything a routing holds a row of for each token and a column of for each expert."""
    names = ("logits", "selection", "probs", "assigned", "kept", "gates")
    return {name: getattr(routing, name) for name in names}


def route(router: LinearRouter, x: Tensor) -> TokenRouting:
    routing = router(x)
    assert isinstance(routing, TokenRouting)
    return routing


@every_router
def test_every_part_has_a_row_for_each_token_and_a_column_for_each_expert(config: RouterConfig) -> None:
    for name, part in parts(route(linear_router(config, D), random_tokens(T, D))).items():
        assert part.shape == (T, NUM_EXPERTS), name
        assert part.dtype == (torch.bool if name in {"assigned", "kept"} else torch.float32), name


@every_router
def test_probs_are_a_full_distribution(config: RouterConfig) -> None:
    """They sum to 1 over the experts and are never masked to the chosen ones."""
    probs = route(linear_router(config, D), random_tokens(T, D)).probs
    torch.testing.assert_close(probs.sum(-1), torch.ones(T))
    assert bool((probs > 0).all())


@every_router
def test_each_token_is_assigned_k_experts(config: RouterConfig) -> None:
    assert route(linear_router(config, D), random_tokens(T, D)).assigned.sum(-1).tolist() == [config.k] * T


@every_router
def test_ties_are_broken(config: RouterConfig) -> None:
    """A router that starts at zero scores all experts the same. Each token still gets k of them, and finite gates."""
    router = linear_router(config, D)
    with torch.no_grad():
        for parameter in router.parameters():
            parameter.zero_()
    routing = route(router, random_tokens(T, D))
    assert routing.assigned.sum(-1).tolist() == [config.k] * T
    assert torch.equal(routing.gates > 0, routing.kept)


@every_router
def test_the_chosen_experts_are_those_with_the_highest_selection(config: RouterConfig) -> None:
    routing = route(linear_router(config, D), random_tokens(T, D))
    for token in range(T):
        chosen = routing.selection[token][routing.assigned[token]]
        others = routing.selection[token][~routing.assigned[token]]
        assert others.numel() == 0 or chosen.min() > others.max()


@every_router
def test_gates_are_zero_where_an_expert_is_not_kept(config: RouterConfig) -> None:
    routing = route(linear_router(config, D), random_tokens(T, D))
    assert bool((routing.kept <= routing.assigned).all())
    assert torch.equal(routing.gates != 0, routing.kept)


@every_router
def test_load_and_importance_sum_to_one(config: RouterConfig) -> None:
    routing = route(linear_router(config, D), random_tokens(T, D))
    torch.testing.assert_close(routing.load.sum(), torch.tensor(1.0))
    torch.testing.assert_close(routing.importance.sum(), torch.tensor(1.0))


@every_router
def test_permuting_tokens_permutes_the_routing(config: RouterConfig) -> None:
    router, x = linear_router(config, D), random_tokens(T, D)
    order = torch.arange(T).roll(4)
    moved = parts(route(router, x[order]))
    for name, part in parts(route(router, x)).items():
        torch.testing.assert_close(moved[name], part[order], msg=name)


@every_router
def test_permuting_experts_permutes_the_routing(config: RouterConfig) -> None:
    """An expert's number means nothing: rows of the matrix in another order are the same router."""
    router, x = linear_router(config, D), random_tokens(T, D)
    before = parts(route(router, x))
    order = torch.tensor([3, 0, 4, 1, 2])
    with torch.no_grad():
        for parameter in router.parameters():
            parameter.copy_(parameter[order].clone())
    after = parts(route(router, x))
    for name, part in before.items():
        torch.testing.assert_close(after[name], part[:, order], msg=name)


@every_router
def test_the_same_seed_gives_the_same_router(config: RouterConfig) -> None:
    x = random_tokens(T, D)
    one, same, other = (parts(route(linear_router(config, D, seed=seed), x)) for seed in (0, 0, 1))
    for name, part in one.items():
        assert torch.equal(part, same[name]), name
    assert not torch.equal(one["logits"], other["logits"])


@every_router
def test_confident_routers_stay_finite(config: RouterConfig) -> None:
    """Logits in the thousands leave probabilities of 0 and 1, and finite gates and gradients."""
    router, x = linear_router(config, D), 1e4 * random_tokens(T, D)
    routing = route(router, x)
    gradients = torch.autograd.grad(routing.gates.square().sum(), list(router.parameters()))
    assert all(bool(part.isfinite().all()) for part in (routing.gates, *gradients))
