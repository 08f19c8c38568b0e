"""Expert choice by its definition, one expert at a time."""

import math

import pytest
import torch

from moe_core.config.routers import ExpertChoiceRouterConfig
from moe_core.layer import MoELayer
from moe_core.metrics import effective_experts
from moe_core.routers import ExpertChoiceRouter
from moe_core.routers.router import KILLED
from tests.moe_core.cases import linear_router, mlp_experts, random_tokens, route
from tests.moe_core.naive_layer import best_first, naive_expert, naive_softmax

D, E = 3, 5

each_mode = pytest.mark.parametrize("training", [True, False])


def router(choice_factor: float = 2.0) -> ExpertChoiceRouter:
    made = linear_router(ExpertChoiceRouterConfig(choice_factor=choice_factor), D, E)
    assert isinstance(made, ExpertChoiceRouter)
    return made


@each_mode
@pytest.mark.parametrize("choice_factor", [0.5, 1.0, 2.0, 5.0])
@pytest.mark.parametrize("num_tokens", [1, 4, 17])
def test_the_layer_is_its_definition(num_tokens: int, choice_factor: float, training: bool) -> None:
    """Each expert takes its ceil(c T / E) best tokens, and each token gets the sum of what those who took it say."""
    choice, experts, x = router(choice_factor), mlp_experts(E, D, 6, 2), random_tokens(num_tokens, D)
    output, routing = MoELayer(choice, experts).train(training)(x)
    assert choice.bias is not None
    probs = [naive_softmax([row @ token + b for row, b in zip(choice.weight, choice.bias, strict=True)]) for token in x]
    wanted = torch.zeros(num_tokens, 2)
    for expert in range(E):
        takes = math.ceil(choice_factor * num_tokens / E)
        for token in best_first([probs[token][expert] for token in range(num_tokens)])[:takes]:
            wanted[token] += probs[token][expert] * naive_expert(experts, expert, x[token])
            assert routing.assigned[token, expert]
    torch.testing.assert_close(output, wanted)


@each_mode
@pytest.mark.parametrize(("choice_factor", "takes"), [(0.01, 1), (1.0, 5), (2.0, 9), (4.9, 22), (5.0, 22), (64.0, 22)])
def test_every_expert_takes_equally_many_tokens(choice_factor: float, takes: int, training: bool) -> None:
    """22 tokens and 5 experts: ceil(c 22 / 5), and never more than there are."""
    routing = route(router(choice_factor).train(training), random_tokens(22, D))
    assert routing.assigned.sum(0).tolist() == [takes] * E
    assert effective_experts(routing.load) == pytest.approx(E)


def test_no_expert_takes_a_token_more_by_an_error_of_floats() -> None:
    """1.1 x 50 / 5 is 11, where floats make it 11.000000000000002."""
    assert route(router(1.1), random_tokens(50, D)).assigned.sum(0).tolist() == [11] * E


def test_the_others_share_the_part_of_a_killed_expert() -> None:
    choice = router()
    choice.offset[0] = KILLED
    choice.notice()
    assert route(choice, random_tokens(40, D)).assigned.sum(0).tolist() == [0, 20, 20, 20, 20]


def test_a_forced_expert_takes_every_token_and_the_others_choose_as_before() -> None:
    choice, x = router(), random_tokens(40, D)
    before = route(choice, x).assigned
    choice.forced[2] = True
    choice.notice()
    after = route(choice, x).assigned
    assert bool(after[:, 2].all())
    assert torch.equal(after[:, [0, 1, 3, 4]], before[:, [0, 1, 3, 4]])


def test_a_token_alone_is_taken_by_every_expert() -> None:
    assert route(router(), random_tokens(1, D)).assigned.tolist() == [[True] * E]


@pytest.mark.parametrize("choice_factor", [0.0, -1.0, math.nan])
def test_an_expert_that_would_take_nothing_is_refused(choice_factor: float) -> None:
    with pytest.raises(ValueError, match=f"choice_factor = {choice_factor} was refused: it is over 0"):
        ExpertChoiceRouter(d_model=D, num_experts=E, choice_factor=choice_factor, generator=torch.Generator())
