"""BASE: the balanced assignment against scipy and against all assignments there are, and the layer's equation."""

from itertools import product

import numpy as np
import pytest
import torch
from scipy.optimize import linear_sum_assignment

from moe_core.config import ConfigError, RunConfig
from moe_core.config.routers import BaseRouterConfig
from moe_core.layer import MoELayer
from moe_core.routers import BaseRouter
from moe_core.routers.base import balanced_assignment, prices
from moe_core.routers.router import KILLED, NEWBORN
from tests.moe_core.cases import mlp_experts, random_tokens, route, seeded
from tests.moe_core.naive_layer import naive_expert


def router(num_experts: int, d_model: int = 3, keep_token: bool = False) -> BaseRouter:
    return BaseRouter(d_model=d_model, num_experts=num_experts, generator=seeded(0), keep_token=keep_token)


def scores_of(num_tokens: int, num_experts: int, seed: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(num_tokens, num_experts))


def total(scores: np.ndarray, experts: np.ndarray) -> float:
    return float(scores[np.arange(len(scores)), experts].sum())


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("num_tokens", "num_experts"), [(4, 2), (6, 3), (5, 2), (7, 3), (6, 4), (3, 4), (1, 3), (5, 1)]
)
def test_no_balanced_assignment_has_a_larger_sum(num_tokens: int, num_experts: int, seed: int) -> None:
    """Of all assignments in which no expert has two tokens more than another, found by trying each."""
    scores = scores_of(num_tokens, num_experts, seed)
    chosen = balanced_assignment(scores, np.ones(num_experts))
    every = (np.array(experts) for experts in product(range(num_experts), repeat=num_tokens))
    even = [experts for experts in every if np.ptp(np.bincount(experts, minlength=num_experts)) <= 1]
    assert any(np.array_equal(chosen, experts) for experts in even)
    assert total(scores, chosen) == pytest.approx(max(total(scores, experts) for experts in even))


@pytest.mark.parity
@pytest.mark.parametrize(("num_tokens", "num_experts"), [(8, 4), (64, 8), (96, 3), (256, 8)])
def test_where_experts_divide_tokens_it_is_scipys_assignment_of_repeated_columns(
    num_tokens: int, num_experts: int
) -> None:
    scores = scores_of(num_tokens, num_experts, seed=1)
    each = num_tokens // num_experts
    _, columns = linear_sum_assignment(np.repeat(scores, each, axis=1), maximize=True)
    chosen = balanced_assignment(scores, np.ones(num_experts))
    assert np.array_equal(chosen, columns // each)
    assert np.bincount(chosen).tolist() == [each] * num_experts


def test_where_they_do_not_the_experts_that_are_wanted_most_take_one_more() -> None:
    """Five tokens for three experts: one each, and one more for two of them. Experts 1 and 2 gain 3 and 2 by it, expert
    0 gains 1."""
    scores = np.array([[9.0, 0, 0], [0, 9, 0], [0, 0, 9], [1, 3, 0], [1, 0, 2]])
    assert balanced_assignment(scores, np.ones(3)).tolist() == [0, 1, 2, 1, 2]


@pytest.mark.parametrize("num_tokens", [1, 4, 13, 100, 257])
def test_in_training_no_expert_has_two_tokens_more_than_another(num_tokens: int) -> None:
    loads = route(router(7), random_tokens(num_tokens, 3)).assigned.sum(0)
    assert loads.sum() == num_tokens
    assert int(loads.max() - loads.min()) <= 1


@pytest.mark.parametrize(("num_tokens", "num_experts"), [(24, 4), (37, 5), (200, 8)])
def test_at_the_prices_every_token_has_the_expert_it_would_choose(num_tokens: int, num_experts: int) -> None:
    scores = scores_of(num_tokens, num_experts, seed=2) + np.linspace(0, 3, num_experts)
    experts = balanced_assignment(scores, np.ones(num_experts))
    asked = prices(scores, experts)
    assert np.array_equal((scores - asked).argmax(1), experts)
    assert np.argsort(asked)[-1] == num_experts - 1


def test_in_evaluation_a_token_goes_to_its_best_expert() -> None:
    greedy = router(5).eval()
    routing = route(greedy, random_tokens(50, 3))
    assert torch.equal(routing.assigned.int().argmax(-1), routing.logits.argmax(-1))
    assert len(set(routing.assigned.sum(0).tolist())) > 1


@pytest.mark.parametrize("keep_token", [False, True])
@pytest.mark.parametrize("training", [True, False])
def test_the_layer_is_the_papers_equation(training: bool, keep_token: bool) -> None:
    """y = sigmoid(w_e . x) y_e + (1 - sigmoid(w_e . x)) x, token by token; without the token, the first part alone."""
    base, experts, x = router(4, keep_token=keep_token), mlp_experts(4, 3, 6, 3), random_tokens(8, 3)
    layer = MoELayer(base, experts).train(training)
    output, routing = layer(x)
    if training:
        _, columns = linear_sum_assignment(np.repeat((x @ base.weight.T).detach().numpy(), 2, axis=1), maximize=True)
        assert routing.assigned.int().argmax(-1).tolist() == (columns // 2).tolist()
    for token, expert, made in zip(x, routing.assigned.int().argmax(-1).tolist(), output, strict=True):
        gate = torch.sigmoid(token @ base.weight[expert])
        wanted = gate * naive_expert(experts, expert, token)
        torch.testing.assert_close(made, wanted + (1 - gate) * token if keep_token else wanted)


def test_the_centroids_start_orthogonal_with_a_gain_of_a_tenth() -> None:
    weight = router(4, d_model=8).weight.detach()
    torch.testing.assert_close(weight @ weight.T, 0.01 * torch.eye(4))
    wide = router(8, d_model=4).weight.detach()
    torch.testing.assert_close(wide.T @ wide, 0.01 * torch.eye(4))


def test_the_tokens_of_a_killed_expert_are_shared_by_the_others() -> None:
    base = router(5)
    base.offset[2] = KILLED
    base.notice()
    assert route(base, random_tokens(40, 3)).assigned.sum(0).tolist() == [10, 10, 0, 10, 10]


def test_a_new_expert_has_a_share_that_grows_while_it_wakes() -> None:
    """None at first, then half of what the others have, then as much; and it answers in full."""
    base, x = router(5), random_tokens(90, 3)
    loads = []
    for offset in (NEWBORN, NEWBORN / 2, 0.0):
        base.offset[4] = offset
        base.notice()
        routing = route(base, x)
        loads.append(routing.assigned.sum(0).tolist())
        clean = (x @ base.weight.T).sigmoid() * routing.assigned
        torch.testing.assert_close(routing.gates, clean)
    assert [load[4] for load in loads] == [0, 10, 18]
    assert set(loads[0][:4]) <= {22, 23}
    assert loads[1][:4] == [20] * 4
    assert loads[2] == [18] * 5


def test_a_new_expert_that_is_the_last_one_alive_has_all_tokens() -> None:
    base = router(2)
    base.offset[0], base.offset[1] = KILLED, NEWBORN
    base.notice()
    assert route(base, random_tokens(6, 3)).assigned.sum(0).tolist() == [0, 6]


def test_scores_that_are_no_numbers_reach_the_output_and_stop_nothing_here() -> None:
    """Where a run looks at the logits itself and says what happened."""
    base, x = router(3), random_tokens(6, 3)
    base.refuses = False
    x[2] = torch.nan
    assert bool(route(base, x).gates[2].isnan().any())


def test_a_token_is_kept_only_where_output_and_input_have_one_size() -> None:
    with pytest.raises(ConfigError, match="keep_token = True was refused: a token can be its own output only where"):
        RunConfig.from_settings({"router": "base", "balancer": "none", "keep_token": True, "task": "digits"})
    same = {"router": "base", "balancer": "none", "keep_token": True, "task": "moons"}
    assert RunConfig.from_settings(same).router == BaseRouterConfig(keep_token=True)
    with pytest.raises(ValueError, match="residual was refused"):
        MoELayer(router(4, keep_token=True), mlp_experts(4, 3, 6, 2))(random_tokens(8, 3))
