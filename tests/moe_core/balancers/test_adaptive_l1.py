"""The adaptive L1 loss of ReMoE: the loss by hand, and the weight that finds itself."""

from dataclasses import replace

import pytest
import torch

from moe_core.balancers import AdaptiveL1
from moe_core.balancers.adaptive_l1 import LEAST_WEIGHT, MOST_WEIGHT
from moe_core.config import ConfigError, RunConfig
from moe_core.losses import load_balanced_l1
from moe_core.routing import TokenRouting
from moe_core.trainer import Trainer
from tests.moe_core.cases import new_router, routing_of, small_config, train


def gated(logits: list[list[float]], target: int = 1) -> TokenRouting:
    """A routing whose gates are the logits over zero."""
    scores = torch.tensor(logits)
    gates = scores.relu()
    routing = routing_of(torch.full_like(scores, 1 / scores.shape[1]), gates > 0)
    return replace(routing, logits=scores, gates=gates, target=target)


ROUTER = new_router(RunConfig.from_settings({"router": "relu"}).router, 2, 2)


def test_the_loss_by_hand() -> None:
    """Sums of gates 5 and 1, of which 2 and 1 tokens: 2 / (k 4) (5 x 2 + 1 x 1) = 5.5 for k = 1."""
    assert float(load_balanced_l1(gated([[2.0, 1.0], [3.0, -1.0]]))) == pytest.approx(5.5)
    assert float(load_balanced_l1(gated([[2.0, 1.0], [3.0, -1.0]], target=2))) == pytest.approx(2.75)


def test_the_loss_is_the_papers_sum_of_products() -> None:
    """(1/T) sum_t sum_e f_e R_te, with f_e = E / (k T) sum_t [R_te > 0], one token and one expert at a time."""
    logits = torch.randn(7, 5, generator=torch.Generator().manual_seed(0)).tolist()
    wanted = 0.0
    for expert in range(5):
        busy = 5 / (2 * 7) * sum(row[expert] > 0 for row in logits)
        wanted += sum(busy * max(0.0, row[expert]) for row in logits) / 7
    assert float(load_balanced_l1(gated(logits, target=2))) == pytest.approx(wanted)


def test_with_k_experts_a_token_and_an_even_load_it_is_the_mean_sum_of_gates() -> None:
    assert float(load_balanced_l1(gated([[2.0, -1.0], [-1.0, 4.0]]))) == pytest.approx(3.0)


def test_a_busy_experts_gates_are_pulled_down_harder() -> None:
    """And a gate of zero is not pulled at all. E / (k T^2) is 2 / 9, times the number of tokens: 3 and 1."""
    routing = gated([[1.0, 1.0], [1.0, -1.0], [1.0, -1.0]])
    logits = routing.logits.requires_grad_()
    (gradient,) = torch.autograd.grad(load_balanced_l1(routing), logits)
    torch.testing.assert_close(gradient, torch.tensor([[6 / 9, 2 / 9], [6 / 9, 0.0], [6 / 9, 0.0]]))


def test_what_found_no_place_counts_too() -> None:
    routing = gated([[2.0, 1.0], [3.0, -1.0]])
    dropped = replace(routing, gates=torch.zeros(2, 2), kept=torch.zeros(2, 2, dtype=torch.bool))
    assert float(load_balanced_l1(dropped)) == float(load_balanced_l1(routing))


@pytest.mark.parametrize(
    ("logits", "factor"),
    [
        ([[1.0, 1.0], [1.0, -1.0]], 1.2),  # 1.5 experts a token, and 1 is the target.
        ([[1.0, -1.0], [-1.0, 1.0]], 1 / 1.2),  # 1: sparsity 1/2 is not under 1 - 1/2.
        ([[-1.0, -1.0], [-1.0, 1.0]], 1 / 1.2),  # 0.5.
    ],
)
def test_the_weight_grows_while_too_many_are_asked_and_shrinks_otherwise(
    logits: list[list[float]], factor: float
) -> None:
    balancer = AdaptiveL1(1e-8)
    balancer.after_step(gated(logits), ROUTER)
    assert float(balancer.weight) == pytest.approx(1e-8 * factor)


def test_the_weight_can_always_grow_back() -> None:
    balancer = AdaptiveL1(1e-8)
    for _ in range(1000):
        balancer.after_step(gated([[-1.0, -1.0]]), ROUTER)
    assert float(balancer.weight) == pytest.approx(LEAST_WEIGHT)
    for _ in range(1000):
        balancer.after_step(gated([[1.0, 1.0]]), ROUTER)
    assert float(balancer.weight) > 1.0


def test_a_weight_of_zero_stays_zero() -> None:
    balancer = AdaptiveL1(0.0)
    for _ in range(3):
        balancer.after_step(gated([[1.0, 1.0]]), ROUTER)
    assert float(balancer.weight) == 0.0


def test_the_weight_has_a_ceiling_which_is_the_largest_first_one_that_is_allowed() -> None:
    balancer = AdaptiveL1(MOST_WEIGHT)
    balancer.after_step(gated([[1.0, 1.0]]), ROUTER)
    assert float(balancer.weight) == MOST_WEIGHT
    with pytest.raises(ConfigError, match="l1_start"):
        RunConfig.from_settings({"router": "relu", "balancer": "adaptive_l1", "l1_start": 1.01 * MOST_WEIGHT})


def test_a_run_whose_router_does_not_learn_goes_on() -> None:
    """Nothing can bring the gates down. Without a ceiling it had diverged after step 169."""
    trainer = Trainer(small_config(router="relu", balancer="adaptive_l1", target_k=1, router_rate_factor=0.0))
    train(trainer, 250)
    assert isinstance(trainer.balancer, AdaptiveL1)
    assert float(trainer.balancer.weight) == MOST_WEIGHT


@pytest.mark.parametrize("target_k", [1, 2])
def test_a_run_comes_to_have_as_many_experts_a_token_as_it_aims_for(target_k: int) -> None:
    """Measured at seed 0: from about 2 of 4 experts a token at first."""
    trainer = Trainer(small_config(task="digits", router="relu", balancer="adaptive_l1", target_k=target_k, d_hidden=8))
    counts = [train(trainer, 10).evaluate().routing.assigned.sum(-1).float().mean().item() for _ in range(40)]
    assert sum(counts[-10:]) / 10 == pytest.approx(target_k, rel=0.2)


def test_the_weight_is_kept_when_a_setting_changes_and_when_time_goes_back() -> None:
    trainer = train(Trainer(small_config(router="relu", balancer="adaptive_l1", target_k=1)), 40)

    def weight() -> float:
        assert isinstance(trainer.balancer, AdaptiveL1)
        return float(trainer.balancer.weight)

    then = weight()
    assert then > 1e-7
    trainer.do("target_k", 2)
    assert weight() == then
    train(trainer, 20)
    assert weight() != then
    trainer.go_back(40)
    assert weight() == then


def test_it_is_refused_for_another_router_in_a_sentence() -> None:
    with pytest.raises(ConfigError, match="adaptive_l1 needs the router relu, which asks an expert where its gate is"):
        RunConfig.from_settings({"balancer": "adaptive_l1", "router": "top_k"})


def test_the_loss_refuses_a_routing_without_a_target() -> None:
    with pytest.raises(
        ValueError, match=r"^The load-balanced L1 loss needs a routing with a target: only the router relu has one\.$"
    ):
        load_balanced_l1(replace(gated([[1.0]]), target=None))
