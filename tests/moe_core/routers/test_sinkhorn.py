"""Sinkhorn routing: the plan, what is chosen by it, and the gates, which know nothing of it."""

import math

import pytest
import torch
from torch import Tensor

from moe_core.config.routers import SinkhornRouterConfig
from moe_core.layer import MoELayer
from moe_core.routers import SinkhornRouter
from moe_core.routers.router import KILLED, NEWBORN
from moe_core.routers.sinkhorn import TOLERANCE, column_scales
from tests.moe_core.cases import linear_router, mlp_experts, random_tokens, route
from tests.moe_core.naive_layer import naive_expert

T, D, E = 64, 3, 5


def router(k: int = 1, **settings: object) -> SinkhornRouter:
    made = linear_router(SinkhornRouterConfig.model_validate({"k": k, **settings}), D, E)
    assert isinstance(made, SinkhornRouter)
    return made


def naive_plan(logits: Tensor) -> Tensor:
    """exp(logits), its rows and its columns divided by their sums in turn, a thousand times: total mass 1."""
    plan = logits.double().exp()
    for _ in range(1000):
        plan = plan / plan.sum(1, keepdim=True) / plan.shape[0]
        plan = plan / plan.sum(0, keepdim=True) / plan.shape[1]
    return plan


def plan_of(logits: Tensor, scales: Tensor) -> Tensor:
    """The plan that column scales stand for, of total mass 1."""
    plan = logits.double().exp() * scales
    return plan / plan.sum(1, keepdim=True) / len(plan)


@pytest.mark.parametrize("size", [0.1, 1.0, 3.0])
def test_the_plan_is_rows_and_columns_scaled_in_turn(size: float) -> None:
    logits = size * random_tokens(T, E)
    plan = plan_of(logits, column_scales(logits.double(), torch.ones(E).double()))
    torch.testing.assert_close(plan.sum(1), torch.full((T,), 1 / T).double())
    torch.testing.assert_close(plan.sum(0), torch.full((E,), 1 / E).double(), rtol=TOLERANCE, atol=0)
    torch.testing.assert_close(plan, naive_plan(logits), rtol=1e-3, atol=1e-9)


@pytest.mark.parametrize("k", [1, 2, 3])
def test_in_training_a_token_gets_the_largest_entries_of_its_row(k: int) -> None:
    routing = route(router(k), random_tokens(T, D))
    best = naive_plan(routing.logits.detach()).topk(k).indices
    wanted = torch.zeros(T, E, dtype=torch.bool).scatter_(-1, best, True)
    assert torch.equal(routing.assigned, wanted)


def test_what_is_compared_are_logits_marked_up_or_down_by_expert() -> None:
    routing = route(router(), random_tokens(T, D))
    marks = routing.selection - routing.logits
    torch.testing.assert_close(marks, marks[:1].expand(T, -1), rtol=0, atol=1e-4)
    assert float(marks[0].sum().detach()) == pytest.approx(0.0, abs=1e-4)
    assert float(marks[0].std().detach()) > 0.1


@pytest.mark.parametrize("k", [1, 2, 3])
def test_in_evaluation_it_is_plain_top_k(k: int) -> None:
    routing = route(router(k).eval(), random_tokens(T, D))
    wanted = torch.zeros(T, E, dtype=torch.bool).scatter_(-1, routing.logits.topk(k).indices, True)
    assert torch.equal(routing.assigned, wanted)
    assert torch.equal(routing.selection, routing.logits)


@pytest.mark.parametrize("training", [True, False])
@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_layer_is_its_definition(k: int, training: bool) -> None:
    """A sigmoid of the raw logit with one expert, else the softmax over all experts, not divided by its sum again."""
    sinkhorn, experts, x = router(k), mlp_experts(E, D, 6, 2), random_tokens(9, D)
    output, routing = MoELayer(sinkhorn, experts).train(training)(x)
    assert sinkhorn.bias is not None
    for token, chosen, made in zip(x, routing.assigned, output, strict=True):
        logits = torch.stack([token @ row for row in sinkhorn.weight]) + sinkhorn.bias
        gates = logits.sigmoid() if k == 1 else logits.softmax(-1)
        asked = chosen.nonzero().flatten().tolist()
        torch.testing.assert_close(
            made, torch.stack([gates[e] * naive_expert(experts, e, token) for e in asked]).sum(0)
        )


def test_the_plan_takes_no_gradient() -> None:
    """Were the assignment a constant, the gradients would be the same."""
    sinkhorn, x = router(2), random_tokens(T, D)
    routing = route(sinkhorn, x)
    constant = routing.logits.softmax(-1) * routing.assigned.clone()
    mine, its = (
        torch.autograd.grad(gates.square().sum(), sinkhorn.weight, retain_graph=True)[0]
        for gates in (routing.gates, constant)
    )
    torch.testing.assert_close(mine, its)
    assert not routing.selection.requires_grad


def test_an_expert_that_everybody_prefers_is_given_its_share_in_training_alone() -> None:
    sinkhorn, x = router(), random_tokens(1000, D)
    with torch.no_grad():
        assert sinkhorn.bias is not None
        sinkhorn.bias[3] += 8.0
    even, greedy = route(sinkhorn, x).load, route(sinkhorn.eval(), x).load
    assert float(even[3]) == pytest.approx(0.2, abs=0.05)
    assert float(greedy[3]) > 0.9


def test_the_plan_of_those_alive_is_as_if_the_killed_had_never_been() -> None:
    sinkhorn, x = router(), random_tokens(T, D)
    sinkhorn.offset[1] = KILLED
    sinkhorn.notice()
    routing = route(sinkhorn, x)
    alive = [0, 2, 3, 4]
    best = naive_plan(routing.logits[:, alive].detach()).argmax(-1)
    assert routing.assigned[:, alive].int().argmax(-1).tolist() == best.tolist()
    assert not routing.assigned[:, 1].any()


def test_a_new_expert_has_a_share_that_grows_while_it_wakes() -> None:
    sinkhorn, x, loads = router(), random_tokens(2000, D), []
    for offset in (NEWBORN, NEWBORN / 2, 0.0):
        sinkhorn.offset[4] = offset
        sinkhorn.notice()
        loads.append(float(route(sinkhorn, x).load[4]))
    assert loads[0] == 0.0
    assert 0.0 < loads[1] < loads[2]


@pytest.mark.parametrize("size", [1e3, 1e30])
def test_logits_without_bounds_leave_numbers(size: float) -> None:
    routing = route(router(2), size * random_tokens(T, D))
    assert bool(routing.selection.isfinite().all())
    assert routing.assigned.sum(-1).tolist() == [2] * T


def test_logits_that_are_no_numbers_reach_the_output() -> None:
    x = random_tokens(T, D)
    x[3] = math.nan
    sinkhorn = router()
    sinkhorn.refuses = False
    assert bool(route(sinkhorn, x).gates[3].isnan().any())


@pytest.mark.parametrize("k", [0, 6])
def test_no_other_k(k: int) -> None:
    with pytest.raises(ValueError, match=f"k = {k} was refused"):
        SinkhornRouter(d_model=D, num_experts=E, k=k, generator=torch.Generator())
