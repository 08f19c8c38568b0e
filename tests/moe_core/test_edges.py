"""What routers, metrics and losses do where there is nothing, one, or nobody: the ends of their definitions."""

import pytest
import torch
from torch import Generator

from moe_core.balancers import AdaptiveL1
from moe_core.losses import sequence_balance_loss
from moe_core.metrics import cv_squared, effective_experts
from moe_core.routers import GroupLimitedRouter, ReluRouter, TopPRouter
from moe_core.routers.router import KILLED
from moe_core.routing import TokenRouting


def seeded() -> Generator:
    return Generator().manual_seed(0)


def tokens(count: int) -> torch.Tensor:
    return torch.randn(count, 2, generator=seeded())


def test_a_group_of_one_expert_scores_what_its_expert_does() -> None:
    best = GroupLimitedRouter(d_model=2, num_experts=4, generator=seeded(), k=1, num_groups=4, groups_kept=2)
    top2 = GroupLimitedRouter(
        d_model=2, num_experts=4, generator=seeded(), k=1, num_groups=4, groups_kept=2, group_score="top2"
    )
    assert torch.equal(best(tokens(32)).assigned, top2(tokens(32)).assigned)


def test_the_bias_of_a_killed_expert_opens_no_group() -> None:
    router = GroupLimitedRouter(
        d_model=2, num_experts=4, generator=seeded(), k=1, num_groups=2, groups_kept=1, group_score="top2"
    )
    router.offset[1] = KILLED
    assigned = []
    for bias in (0.001, 100.0):
        router.selection_bias[1] = bias
        router.notice()
        assigned.append(router(tokens(64)).assigned)
    assert torch.equal(*assigned)
    assert assigned[0][:, 2:].any()


def test_a_killed_expert_is_not_asked_though_the_others_round_to_less_than_p() -> None:
    router = TopPRouter(d_model=2, num_experts=8, generator=seeded(), p=1.0)
    router.offset[3] = KILLED
    router.notice()
    routing = router(tokens(1000))
    assert (routing.probs.cumsum(-1)[:, -1] < 1.0).any()
    assert not routing.assigned[:, 3].any()


def test_a_forced_expert_whose_logit_is_under_zero_does_not_count_as_asked() -> None:
    router = ReluRouter(d_model=2, num_experts=4, generator=seeded(), target_k=1)
    with torch.no_grad():
        router.weight.zero_()
        assert router.bias is not None
        router.bias.copy_(torch.tensor([-1.0, 1.0, -1.0, -1.0]))
    router.forced[0] = True
    router.notice()
    balancer = AdaptiveL1(l1_start=0.5)
    balancer.after_step(router(tokens(8)), router)
    assert float(balancer.weight) == pytest.approx(0.5 / 1.2)


def test_where_nobody_works_nothing_varies_and_no_expert_is_effective() -> None:
    assert float(cv_squared(torch.zeros(4))) == 0.0
    assert effective_experts(torch.zeros(4)) == 0.0


def test_a_sequence_in_which_nothing_was_assigned_adds_nothing() -> None:
    assigned = torch.tensor([[False, False], [False, False], [True, False], [True, False]])
    logits = torch.zeros(4, 2)
    probs = torch.full((4, 2), 0.5)
    routing = TokenRouting(logits, logits, probs, assigned=assigned, kept=assigned, gates=probs * assigned)
    assert float(sequence_balance_loss(routing, 2)) == pytest.approx(0.5)
