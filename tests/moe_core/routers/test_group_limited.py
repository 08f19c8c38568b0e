"""Group-limited routing by hand."""

from typing import Any

import pytest
import torch
from torch import Generator, Tensor

from moe_core.config import ConfigError, RunConfig
from moe_core.routers import GroupLimitedRouter
from moe_core.routers.router import KILLED
from moe_core.routing import TokenRouting
from moe_core.trainer import Trainer
from tests.moe_core.cases import random_tokens, route, small_config

PROBS = (0.30, 0.01, 0.20, 0.18, 0.16, 0.12, 0.02, 0.01)
"""Of eight experts in four groups of two. Their best are .30, .20, .16, .02; their sums are .31, .38, .28, .03."""


def router_of(logits: Tensor, **settings: Any) -> GroupLimitedRouter:
    """A router that has these logits (E,) for the token 1."""
    options = {"k": 2, "num_groups": 4, "groups_kept": 1} | settings
    router = GroupLimitedRouter(d_model=1, num_experts=len(logits), generator=Generator(), **options)
    with torch.no_grad():
        router.weight.copy_(logits.unsqueeze(-1))
    return router.eval()


def softmax_router(**settings: Any) -> GroupLimitedRouter:
    return router_of(torch.tensor(PROBS).log(), **settings)


def sigmoid_router(**settings: Any) -> GroupLimitedRouter:
    """The scores are the same numbers."""
    return router_of(torch.tensor(PROBS).logit(), score="sigmoid", **settings)


def routed(router: GroupLimitedRouter) -> TokenRouting:
    return route(router, torch.ones(1, 1))


def chosen(router: GroupLimitedRouter) -> list[int]:
    """The experts that the token 1 is sent to."""
    return [expert for expert, is_chosen in enumerate(routed(router).assigned[0].tolist()) if is_chosen]


@pytest.mark.parametrize("make", [softmax_router, sigmoid_router])
def test_a_group_is_as_good_as_its_best_expert_or_as_its_two_best_together(make: Any) -> None:
    """The first group has the best expert, and its other one is taken although it is the worst of all."""
    assert chosen(make(group_score="max")) == [0, 1]
    assert chosen(make(group_score="top2")) == [2, 3]
    assert chosen(make(group_score="max", groups_kept=2)) == [0, 2]
    assert chosen(make(group_score="top2", groups_kept=2, k=3)) == [0, 2, 3]
    assert chosen(make(groups_kept=4, k=4)) == [0, 2, 3, 4]


def test_softmax_gates_are_the_scores_as_they_are_times_the_scaling() -> None:
    gates = routed(softmax_router(groups_kept=2, routed_scaling=16.0)).gates[0]
    assert gates.tolist() == pytest.approx([16 * 0.30, 0, 16 * 0.20, 0, 0, 0, 0, 0])


def test_sigmoid_gates_are_the_chosen_scores_over_their_sum_times_the_scaling() -> None:
    routing = routed(sigmoid_router(groups_kept=2, routed_scaling=2.5))
    assert routing.gates[0].tolist() == pytest.approx([2.5 * 0.6, 0, 2.5 * 0.4, 0, 0, 0, 0, 0])
    assert routing.probs[0].tolist() == pytest.approx([score / sum(PROBS) for score in PROBS])


@pytest.mark.parametrize("make", [softmax_router, sigmoid_router])
def test_the_bias_counts_in_the_choice_of_groups_and_of_experts_and_in_no_gate(make: Any) -> None:
    router = make(groups_kept=2)
    router.selection_bias.copy_(torch.tensor([0.0, 0.0, 0.0, 0.05, 0.0, 0.0, 0.0, 0.5]))
    router.notice()
    assert chosen(router) == [0, 7]
    assert routed(router).probs[0].tolist() == pytest.approx([score / sum(PROBS) for score in PROBS])
    gates = routed(router).gates[0].tolist()
    assert gates[0] / gates[7] == pytest.approx(30.0, rel=1e-4)


def test_a_closed_group_is_out_even_where_every_open_score_is_negative() -> None:
    """To set closed scores to zero, as some code does, would let them win here."""
    router = softmax_router()
    router.selection_bias.fill_(-1.0)
    router.notice()
    assert chosen(router) == [0, 1]


def test_a_killed_expert_adds_nothing_to_its_group_and_a_dead_group_is_not_kept() -> None:
    router = softmax_router(group_score="top2", groups_kept=2)
    router.offset[[0, 1, 3]] = KILLED
    router.notice()
    # Of those alive the second group has one expert and the third group two.
    assert chosen(router) == [2, 4]
    router.offset[[4, 5]] = KILLED
    router.notice()
    assert chosen(router) == [2, 6]


@pytest.mark.parametrize("make", [softmax_router, sigmoid_router])
@pytest.mark.parametrize("score", ["max", "top2"])
@pytest.mark.parametrize("killed", [[], [2], [3, 4], [0, 1, 3]], ids=str)
def test_a_constant_in_all_biases_opens_no_other_group(make: Any, score: str, killed: list[int]) -> None:
    """A killed expert is in no sum, so that a constant would count once in its group and twice in the others."""
    router = make(group_score=score, groups_kept=2, k=3)
    router.offset[killed] = KILLED
    bias = torch.tensor([0.0, 0.02, -0.05, 0.03, 0.01, -0.01, 0.0, 0.0])
    found = []
    for constant in (0.0, -0.5, 0.5, 8.0, -8.0):
        router.selection_bias.copy_(bias + constant)
        router.notice()
        found.append(chosen(router))
    assert found == [found[0]] * 5


def test_a_forced_expert_opens_its_group() -> None:
    router = softmax_router()
    router.forced[7] = True
    router.notice()
    assert chosen(router) == [6, 7]


@pytest.mark.parametrize("score", ["softmax", "sigmoid"])
def test_with_one_group_it_is_plain_top_k(score: str) -> None:
    logits = random_tokens(8, 1).squeeze(-1)
    routing = routed(router_of(logits, num_groups=1, k=3, score=score))
    assert set(routing.assigned[0].nonzero().squeeze(-1).tolist()) == set(logits.topk(3).indices.tolist())


def test_no_token_goes_to_more_groups_than_are_kept() -> None:
    generator = Generator().manual_seed(0)
    router = GroupLimitedRouter(d_model=5, num_experts=24, generator=generator, k=6, num_groups=8, groups_kept=3)
    assigned = route(router, random_tokens(200, 5)).assigned
    assert assigned.sum(-1).tolist() == [6] * 200
    assert int(assigned.view(200, 8, 3).any(-1).sum(-1).max()) == 3


def test_sums_of_scores_that_round_to_zero_leave_numbers() -> None:
    """All scores are 0 in float32. Who is chosen is then chance, but gates and probabilities follow the logits."""
    routing = routed(router_of(-1e4 - torch.arange(8.0), score="sigmoid", num_groups=1))
    assert routing.assigned.sum() == 2
    assert routing.probs[0].tolist() == pytest.approx((-torch.arange(8.0)).softmax(-1).tolist(), rel=1e-2)
    assert float(routing.gates.detach().sum()) == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"num_groups": 3}, "num_groups = 3 was refused: it divides num_experts, which is 8"),
        ({"groups_kept": 5}, "groups_kept = 5 was refused: it is .*num_groups, which is 4"),
        ({"k": 5, "groups_kept": 2}, "k = 5 was refused: it is at most 4"),
        ({"num_groups": 8, "groups_kept": 1, "k": 2}, "k = 2 was refused: it is at most 1"),
    ],
)
def test_what_does_not_fit_is_refused_by_its_name(settings: dict[str, int], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        softmax_router(**settings)
    with pytest.raises(ConfigError, match=sentence.split(" was refused")[0]):
        RunConfig.from_settings({"router": "group_limited", "num_experts": 8} | settings)


def test_a_number_of_experts_that_the_groups_do_not_divide_is_refused_by_its_name() -> None:
    _, problems = RunConfig.from_settings({"router": "group_limited"}).merge({"num_experts": 6})
    assert [str(problem) for problem in problems] == [
        "num_experts = 6 was refused: it is a multiple of the number of groups, which is 4."
    ]


@pytest.mark.parametrize(("name", "expert"), [("add", None), ("clone", 1)])
def test_no_expert_can_be_added(name: str, expert: int | None) -> None:
    trainer = Trainer(small_config(router="group_limited"))
    with pytest.raises(ConfigError, match=f"{name} = .* was refused: .* an expert more would make one of them larger"):
        trainer.do(name, expert)
    assert trainer.num_experts == 4
    assert trainer.log == []
