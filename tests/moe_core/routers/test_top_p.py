"""The top-p router by hand."""

import pytest
import torch
from torch import Generator, Tensor

from moe_core.config.routers import TopPRouterConfig
from moe_core.routers import TopPRouter
from moe_core.routing import TokenRouting
from tests.moe_core.cases import linear_router, random_tokens, route


def hand_made(p: float, renormalize: bool = False) -> TopPRouter:
    """Four experts whose probabilities for the token 1 are 1/2, 1/4, 1/8 and 1/8; for 0 all are equal."""
    router = TopPRouter(d_model=1, num_experts=4, p=p, renormalize=renormalize, generator=Generator())
    with torch.no_grad():
        router.weight.copy_(torch.tensor([[0.125], [0.5], [0.125 + 1e-7], [0.25]]).log())
    return router


def chosen(routing: TokenRouting) -> list[list[int]]:
    return [row.nonzero().flatten().tolist() for row in routing.assigned]


@pytest.mark.parametrize(
    ("p", "experts"),
    [
        (0.01, [1]),
        (0.49, [1]),
        (0.51, [1, 3]),
        (0.74, [1, 3]),
        (0.76, [1, 2, 3]),
        (0.9, [0, 1, 2, 3]),
        (1, [0, 1, 2, 3]),
    ],
)
def test_it_takes_as_few_experts_as_reach_p(p: float, experts: list[int]) -> None:
    assert chosen(route(hand_made(p), torch.ones(1, 1))) == [experts]


def test_gates_are_the_probabilities_or_their_shares() -> None:
    plain, shared = (route(hand_made(0.6, renormalize), torch.ones(1, 1)).gates[0] for renormalize in (False, True))
    assert plain.tolist() == pytest.approx([0.0, 0.5, 0.0, 0.25])
    assert shared.tolist() == pytest.approx([0.0, 2 / 3, 0.0, 1 / 3])


def test_an_unsure_router_asks_more_experts() -> None:
    """A hard token gets more of them than an easy one, in the same batch. With all equal it is p E of them."""
    assert route(hand_made(0.7), torch.tensor([[1.0], [0.0], [8.0]])).assigned.sum(-1).tolist() == [2, 3, 1]


def test_every_token_is_answered_by_the_least_set_that_reaches_p() -> None:
    routing = route(linear_router(TopPRouterConfig(p=0.6), 3), random_tokens(200, 3))
    reached = (routing.probs * routing.assigned).sum(-1)
    last = routing.probs.masked_fill(~routing.assigned, 2.0).amin(-1)
    assert bool((reached >= 0.6 - 1e-6).all())
    assert bool((reached - last < 0.6 + 1e-6).all())
    assert len(set(routing.assigned.sum(-1).tolist())) > 2


def test_p_acts_on_a_router_that_works() -> None:
    router, x = hand_made(0.1), torch.ones(1, 1)
    counts = []
    for p in (0.1, 0.6, 0.8, 0.95):
        router.p = p
        counts.append(int(route(router, x).assigned.sum()))
    assert counts == [1, 2, 3, 4]


def test_a_bias_changes_the_order_and_no_gate() -> None:
    """Raised by 0.3, the expert of probability 1/4 is taken first. Alone it does not reach 0.3: the next is taken."""
    router = hand_made(0.3)
    router.selection_bias[3] = 0.3
    router.notice()
    routing = route(router, torch.ones(1, 1))
    assert chosen(routing) == [[1, 3]]
    assert routing.gates[0].tolist() == pytest.approx([0.0, 0.5, 0.0, 0.25])


def test_a_forced_expert_counts_with_its_own_probability() -> None:
    router = hand_made(0.3)
    router.forced[0] = True
    router.notice()
    assert chosen(route(router, torch.ones(1, 1))) == [[0, 1]]


@pytest.mark.parametrize("p", [0.0, -0.1, 1.1])
def test_a_p_that_is_no_share_is_refused(p: float) -> None:
    with pytest.raises(ValueError, match=f"^p = {p} was refused: it is over 0 and at most 1"):
        hand_made(p)


@pytest.mark.parametrize(("p", "typically"), [(0.01, 1), (0.4, 4), (0.5, 4), (0.51, 5), (1.0, 8)])
def test_it_is_counted_with_as_many_experts_as_an_indifferent_router_asks(p: float, typically: int) -> None:
    config = TopPRouterConfig(p=p)
    assert config.typically_chosen(8) == typically
    assert config.most_chosen(8) == 8
    indifferent = TopPRouter(d_model=1, num_experts=8, p=p, router_init_scale=0.0, generator=Generator())
    assert int(route(indifferent, torch.ones(1, 1)).assigned.sum()) == typically


def test_no_expert_is_counted_by_an_error_of_floats() -> None:
    """0.28 x 25 is 7, where floats make it 7.000000000000001."""
    assert TopPRouterConfig(p=0.28).typically_chosen(25) == 7


def test_the_count_has_no_gradient_and_the_gates_have() -> None:
    router = hand_made(0.6)
    routing = route(router, torch.ones(1, 1))
    assert not routing.assigned.requires_grad
    gradient: Tensor
    (gradient,) = torch.autograd.grad(routing.gates.sum(), router.weight)
    assert bool(gradient.any())
