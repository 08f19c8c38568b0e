"""The GShard router by hand, and its draw by counting."""

import math
from typing import Any

import pytest
import torch
from torch import Generator

from moe_core.capacity import Capacity
from moe_core.config import RunConfig
from moe_core.config.routers import GShardRouterConfig, TopKRouterConfig
from moe_core.metrics import dropped_fraction
from moe_core.routers import GShardRouter
from moe_core.routing import TokenRouting
from moe_core.trainer import Trainer
from tests.moe_core.cases import new_router, parts, random_tokens, route, small_config, train


def hand_made(second_threshold: float = 0.2, second_expert: Any = "random") -> GShardRouter:
    """Four experts whose probabilities for the token 1 are 0.6, 0.2, 0.15 and 0.05: g1 = 3/4 and g2 = 1/4."""
    router = GShardRouter(
        d_model=1,
        num_experts=4,
        second_expert=second_expert,
        second_threshold=second_threshold,
        generator=Generator().manual_seed(1),
    )
    with torch.no_grad():
        router.weight.copy_(torch.tensor([[0.6], [0.2], [0.15], [0.05]]).log())
    return router


@pytest.mark.parametrize(("second_threshold", "asked"), [(0.2, 1.0), (0.25, 1.0), (0.5, 0.5), (1.0, 0.25)])
def test_the_second_expert_is_asked_with_probability_g2_over_the_threshold(
    second_threshold: float, asked: float
) -> None:
    """Never more than 1. Over 20,000 tokens the share is within four standard deviations."""
    routing = route(hand_made(second_threshold), torch.ones(20_000, 1))
    assert bool(routing.assigned[:, 0].all())
    assert not routing.assigned[:, 2:].any()
    spread = math.sqrt(asked * (1 - asked) / 20_000)
    assert float(routing.assigned[:, 1].float().mean()) == pytest.approx(asked, abs=4 * spread + 1e-9)


def test_gates_are_divided_by_their_sum_before_the_draw() -> None:
    """The first counts three quarters whether the second is asked or not."""
    routing = route(hand_made(1.0), torch.ones(100, 1))
    with_both = routing.assigned[:, 1]
    assert 0 < int(with_both.sum()) < 100
    assert routing.gates[:, 0].tolist() == pytest.approx([0.75] * 100)
    assert routing.gates[with_both, 1].tolist() == pytest.approx([0.25] * int(with_both.sum()))
    assert not routing.gates[~with_both, 1].any()


def test_in_evaluation_the_second_is_always_asked_and_gates_sum_to_one() -> None:
    for second_expert in ("random", "all"):
        routing = route(hand_made(1.0, second_expert).eval(), torch.ones(50, 1))
        assert routing.gates.tolist() == [pytest.approx([0.75, 0.25, 0.0, 0.0])] * 50


def test_asked_always_it_is_the_renormalised_top_2_router() -> None:
    x = random_tokens(50, 3)
    always, top_2 = new_router(GShardRouterConfig(second_expert="all"), 3), new_router(TopKRouterConfig(k=2), 3)
    always.load_state_dict(top_2.state_dict())
    wanted = parts(route(top_2, x))
    for name, part in parts(route(always, x)).items():
        torch.testing.assert_close(part, wanted[name], msg=name)


def test_one_draw_decides_each_token_by_itself() -> None:
    """A half of the seconds is asked, in no regular order, and another half the next time."""
    router, x = hand_made(0.5), torch.ones(64, 1)
    one, other = (route(router, x).assigned[:, 1] for _ in range(2))
    assert 0 < int((one & other).sum()) < int(one.sum())


def under_capacity(second_expert: str) -> TokenRouting:
    limited = Capacity(train_capacity_factor=0.5)(route(hand_made(1.0, second_expert), torch.ones(64, 1)))
    assert isinstance(limited, TokenRouting)
    return limited


def test_a_second_expert_that_is_not_asked_takes_no_place() -> None:
    """All have the same two wishes. The draw leaves a quarter of the second ones, and these alone are counted."""
    always, drawn = under_capacity("all"), under_capacity("random")
    assert always.capacity == 0.5 * 128 / 4
    assert drawn.capacity == math.ceil(0.5 * int(drawn.assigned.sum()) / 4)
    assert int(drawn.assigned.sum()) < 128
    assert dropped_fraction(always.assigned, always.kept) == pytest.approx(1 - 2 * 16 / 128)
    assert int(drawn.kept[:, 1].sum()) == min(int(drawn.assigned[:, 1].sum()), drawn.capacity)


def test_it_trains_under_a_capacity() -> None:
    """Measured: the test loss falls from 0.736 to 0.663 in 150 steps."""
    trainer = Trainer(small_config(router="gshard", capacity="limited", fill_order="priority"))
    before = trainer.evaluate().test_loss
    assert train(trainer, 150).evaluate().test_loss < before - 0.03


@pytest.mark.parametrize("second_threshold", [0.0, -1.0, float("nan")])
def test_a_threshold_of_nothing_is_refused(second_threshold: float) -> None:
    with pytest.raises(ValueError, match=f"^second_threshold = {second_threshold} was refused: it is a number over 0"):
        hand_made(second_threshold)


def test_one_expert_is_asked_alone() -> None:
    config = RunConfig.from_settings({"router": "gshard", "num_experts": 1})
    assert config.router.most_chosen(1) == 1
    gates = Trainer(config).evaluate().routing.gates
    assert torch.equal(gates, torch.ones_like(gates))
