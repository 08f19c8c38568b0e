"""Capacity against queues that are filled one token at a time, and by hand."""

import math
from fractions import Fraction
from typing import Any

import pytest
import torch

from moe_core import routing as routing_module
from moe_core.capacity import Capacity, places_each
from moe_core.config.routers import RouterConfig
from moe_core.layer import MoELayer
from moe_core.routing import TokenRouting
from tests.moe_core.cases import (
    NUM_EXPERTS,
    mlp_experts,
    new_router,
    parts,
    random_tokens,
    route,
    router_configs,
    router_name,
    routing_of,
)
from tests.moe_core.naive_layer import naive_expert

T, D = 23, 3

LAYOUTS = {"batched": 10**9, "grouped": 0}
"""How many pairs may be batched, so that one layout is forced."""

every_router = pytest.mark.parametrize(
    "config", [config for config in router_configs() if config.takes_capacity is True], ids=router_name
)
each_mode = pytest.mark.parametrize("training", [True, False], ids=["training", "evaluation"])
each_order = pytest.mark.parametrize("fill_order", ["arrival", "priority"])


def limited(routing: TokenRouting, factor: float, **options: Any) -> TokenRouting:
    """What is left of a routing in training, under a capacity of so many fair shares."""
    capped = Capacity(train_capacity_factor=factor, **options)(routing)
    assert isinstance(capped, TokenRouting)
    return capped


def fill_queues(routing: TokenRouting, factor: float, fill_order: str) -> list[list[bool]]:
    """Who is kept, transcribed: tokens come one after another, all with their first choice before any with a second."""
    num_tokens, num_experts = routing.assigned.shape
    tokens = list(range(num_tokens))
    if fill_order == "priority":
        tokens.sort(key=lambda token: -max(routing.probs[token].tolist()))
    wishes = []
    for token in range(num_tokens):
        chosen = [expert for expert in range(num_experts) if routing.assigned[token, expert]]
        chosen.sort(key=lambda expert: -routing.selection[token, expert].item())
        wishes.append(chosen)
    places = math.ceil(Fraction(str(factor)) * sum(map(len, wishes)) / num_experts)
    queues: list[list[int]] = [[] for _ in range(num_experts)]
    for choice in range(num_experts):
        for token in tokens:
            if choice < len(wishes[token]):
                queues[wishes[token][choice]].append(token)
    return [[token in queues[expert][:places] for expert in range(num_experts)] for token in range(num_tokens)]


@each_order
@each_mode
@every_router
def test_who_is_kept_is_who_comes_first_in_the_queue(config: RouterConfig, training: bool, fill_order: str) -> None:
    """Of every router that tokens choose by, at every k; a kept gate is as it was, and a dropped one zero."""
    routing = route(new_router(config, D).train(training), random_tokens(T, D))
    for factor in (0.01, 0.4, 0.8, 1.0, 1.25, 5.0):
        capped = limited(routing, factor, fill_order=fill_order)
        assert capped.kept.tolist() == fill_queues(routing, factor, fill_order)
        assert torch.equal(capped.gates, torch.where(capped.kept, routing.gates, 0.0))
        assert capped.capacity == math.ceil(Fraction(str(factor)) * int(routing.assigned.sum()) / NUM_EXPERTS)
        assert int(capped.kept.sum(0).max()) <= capped.capacity
        for name, part in parts(routing).items():
            if name not in ("kept", "gates"):
                assert torch.equal(getattr(capped, name), part), name


@every_router
def test_a_capacity_for_all_changes_nothing(config: RouterConfig) -> None:
    """With E fair shares one expert could take every assignment."""
    routing = route(new_router(config, D), random_tokens(T, D))
    capped = limited(routing, NUM_EXPERTS)
    assert torch.equal(capped.kept, routing.kept)
    assert torch.equal(capped.gates, routing.gates)


WISHES = routing_of(
    torch.tensor([[0.5, 0.4, 0.1], [0.6, 0.3, 0.1], [0.3, 0.6, 0.1], [0.7, 0.1, 0.2]]),
    torch.tensor([[True, True, False], [True, True, False], [True, True, False], [True, False, True]]),
)
"""Four tokens with two choices each, in the order that they come. Expert 0 is the first choice of tokens 0, 1 and 3 and
the second of 2; expert 1 is the first of token 2 and the second of 0 and 1."""


def kept_by(expert: int, routing: TokenRouting) -> list[int]:
    return routing.kept[:, expert].nonzero().flatten().tolist()


def test_in_the_order_of_arrival_who_comes_first_is_served() -> None:
    """Eight assignments, three experts, three quarters of the fair share: two places each."""
    capped = limited(WISHES, 0.75)
    assert capped.capacity == 2
    assert kept_by(0, capped) == [0, 1]
    assert kept_by(2, capped) == [3]


def test_second_choices_are_behind_all_first_choices() -> None:
    """Token 2 comes last to expert 1, but as its first choice it is taken before both seconds."""
    assert kept_by(1, limited(WISHES, 0.3)) == [2]
    assert kept_by(1, limited(WISHES, 0.75)) == [0, 2]
    # Token 2 would be third of four at expert 0 by arrival alone: token 3 is before it, as a first choice.
    assert kept_by(0, limited(WISHES, 1.1)) == [0, 1, 3]


def test_by_priority_the_router_s_surest_tokens_are_served() -> None:
    """The sureness is the largest probability: 0.5, 0.6, 0.6, 0.7. Second choices still come last."""
    assert kept_by(0, limited(WISHES, 0.75, fill_order="priority")) == [1, 3]
    assert kept_by(1, limited(WISHES, 0.75, fill_order="priority")) == [1, 2]
    assert kept_by(0, limited(WISHES, 0.3, fill_order="priority")) == [3]


def test_equally_sure_tokens_are_served_as_they_come() -> None:
    probs = torch.tensor([[0.6, 0.4]]).repeat(5, 1)
    assigned = torch.tensor([[True, False]]).repeat(5, 1)
    capped = limited(routing_of(probs, assigned), 1.0, fill_order="priority")
    assert kept_by(0, capped) == [0, 1, 2]


def test_the_load_still_counts_what_was_assigned() -> None:
    assert torch.equal(limited(WISHES, 0.3).load, WISHES.load)


def test_the_factor_in_training_is_not_that_in_evaluation() -> None:
    """The defaults are 1.25 and 2: of eight assignments to three experts, four places and six."""
    capacity = Capacity()
    assert capacity(WISHES).capacity == 4
    assert capacity.eval()(WISHES).capacity == 6


@pytest.mark.parametrize("layout", LAYOUTS)
@pytest.mark.parametrize("dropped", ["zero", "residual"])
def test_what_a_dropped_token_comes_out_as(dropped: Any, layout: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Zero, or itself where no expert took it. One that lost one of two experts has the other's answer, as it was."""
    monkeypatch.setattr(routing_module, "most_batched_pairs", lambda num_experts, work: LAYOUTS[layout])
    config = next(c for c in router_configs() if c.router == "top_k" and c.most_chosen(NUM_EXPERTS) == 2)
    router, experts = new_router(config, D), mlp_experts(NUM_EXPERTS, D, 4, D)
    layer = MoELayer(router, experts, capacity=Capacity(train_capacity_factor=0.3, dropped=dropped))
    x = random_tokens(T, D)
    output, routing = layer(x)
    free = route(router, x)
    taken = routing.kept.sum(-1)
    assert set(taken.tolist()) == {0, 1, 2}
    for token in range(T):
        wanted = torch.zeros(D) if taken[token] or dropped == "zero" else x[token]
        for expert in range(NUM_EXPERTS):
            if routing.kept[token, expert]:
                wanted = wanted + free.gates[token, expert] * naive_expert(experts, expert, x[token])
        torch.testing.assert_close(output[token], wanted)


def test_a_dropped_token_teaches_nobody() -> None:
    """Neither the experts nor, where gates are probabilities, the router."""
    router = new_router(next(c for c in router_configs() if c.router == "switch"), D)
    capacity = Capacity(train_capacity_factor=0.3)
    layer = MoELayer(router, mlp_experts(NUM_EXPERTS, D, 4, 2), capacity=capacity)
    output, routing = layer(random_tokens(T, D))
    lost = ~routing.kept.any(-1)
    assert 0 < int(lost.sum()) < T
    teaches = torch.autograd.grad(output.square().sum(), routing.logits, retain_graph=True)[0].any(-1)
    assert torch.equal(teaches, ~lost)
    of_experts = torch.autograd.grad(output[lost].sum(), list(layer.experts.parameters()), allow_unused=True)
    assert all(gradient is None or not gradient.any() for gradient in of_experts)


def test_without_limit_the_layer_leaves_the_capacity_out() -> None:
    """For the places of a drawing, which are no batch."""
    config = router_configs()[0]
    router, experts = new_router(config, D), mlp_experts(NUM_EXPERTS, D, 4, 2)
    x = random_tokens(T, D)
    output, routing = MoELayer(router, experts, capacity=Capacity(train_capacity_factor=0.1))(x, limited=False)
    assert torch.equal(routing.kept, routing.assigned)
    torch.testing.assert_close(output, MoELayer(router, experts)(x)[0])


def test_a_residual_needs_as_many_outputs_as_inputs() -> None:
    layer = MoELayer(
        new_router(router_configs()[0], D), mlp_experts(NUM_EXPERTS, D, 4, 2), capacity=Capacity(dropped="residual")
    )
    with pytest.raises(ValueError, match=r"^residual was refused: .* 3 numbers and its output 2"):
        layer(random_tokens(T, D))


@pytest.mark.parametrize("factor", [0.0, -1.0, math.nan, math.inf])
@pytest.mark.parametrize("name", ["train_capacity_factor", "test_capacity_factor"])
def test_a_factor_that_drops_everything_is_refused_by_its_name(name: str, factor: float) -> None:
    options: dict[str, Any] = {name: factor}
    with pytest.raises(ValueError, match=f"^{name} = {factor} was refused: it is a number over 0"):
        Capacity(**options)


@pytest.mark.parametrize(
    ("factor", "assignments", "num_experts", "wanted"),
    [
        (1.1, 100, 10, 11),
        (1.1, 50, 5, 11),
        (2.2, 30, 6, 11),
        (1.15, 800, 8, 115),
        (1.25, 8, 4, 3),
        (1.25, 256, 8, 40),
        (1.0, 9, 4, 3),
        (0.01, 8, 8, 1),
        (1e-12, 8, 8, 1),
        (1.25, 0, 8, 0),
    ],
)
def test_the_places_are_rounded_up_and_no_error_of_floats_adds_one(
    factor: float, assignments: int, num_experts: int, wanted: int
) -> None:
    assert places_each(factor, assignments, num_experts) == wanted


def test_a_batch_gets_no_place_more_by_an_error_of_floats() -> None:
    """100 assignments to ten experts, 1.1 fair shares: 11 places, where floats make it 11.000000000000002."""
    assigned = torch.zeros(100, 10, dtype=torch.bool)
    assigned[:, 0] = True
    capped = limited(routing_of(torch.full((100, 10), 0.1), assigned), 1.1)
    assert capped.capacity == 11
    assert len(kept_by(0, capped)) == 11


def test_the_smallest_factor_leaves_one_place_in_each_expert() -> None:
    assert limited(WISHES, 1e-6).kept.sum(0).tolist() == [1, 1, 1]


def test_pairs_that_are_not_assigned_take_nobodys_place() -> None:
    """Everybody's wish is the one in the middle: it has two places of its own, and the others stay empty."""
    assigned = torch.tensor([[False, True, False]]).repeat(3, 1)
    capped = limited(routing_of(torch.tensor([[0.1, 0.8, 0.1]]).repeat(3, 1), assigned), 1.5)
    assert capped.kept.sum(0).tolist() == [0, 2, 0]
