"""Experts that come to a run which a bias balances: unheard at first, and with a share of the tokens before long."""

import pytest
import torch

from moe_core.config import presets
from moe_core.config.routers import TopKRouterConfig
from moe_core.routers.router import KILLED, NEWBORN, WAKING_STEPS
from moe_core.trainer import Trainer
from tests.moe_core.cases import new_router, random_tokens, route, train


def balanced_by_bias(**changes: object) -> Trainer:
    """The preset, 150 steps on: by then the biases differ."""
    config, _ = presets.load("loss-free").config.merge({"seed": 0} | changes)
    return train(Trainer(config), 150)


def load_of(trainer: Trainer, expert: int) -> float:
    return float(trainer.evaluate().load[expert])


@pytest.mark.parametrize("k", [2, 7])
def test_an_added_expert_is_unheard_at_first_and_has_tokens_within_300_steps(k: int) -> None:
    trainer = balanced_by_bias(router="top_k", k=k)
    trainer.do("add")
    assert load_of(trainer, 8) == 0.0
    assert load_of(train(trainer, 300), 8) > 0.0


@pytest.mark.parametrize(("router", "k"), [("sigmoid", 2), ("top_k", 2), ("top_k", 7)])
def test_an_added_expert_comes_in_as_early_as_without_a_bias(router: str, k: int) -> None:
    """Measured over seeds 0 to 2, after steps 160 to 165 against 155 to 160 with sigmoid; with top_k and k = 2 after
    185 to 195 against 180 to 195, and with k = 7 after 125 to 170 against 155 to 185."""
    with_bias, without = (steps_until_heard(router, k, balancer) for balancer in ("loss_free", "none"))
    assert with_bias <= without + 10
    assert with_bias < WAKING_STEPS


def steps_until_heard(router: str, k: int, balancer: str) -> int:
    """After how many steps an added expert has its first token of the test split, looked at every fifth."""
    trainer = balanced_by_bias(router=router, k=k, balancer=balancer)
    trainer.do("add")
    return next(steps for steps in range(5, 2 * WAKING_STEPS, 5) if load_of(train(trainer, 5), 8) > 0.0)


def test_the_bias_of_a_new_expert_rises_from_the_lowest_to_its_own_while_it_wakes() -> None:
    """That of a killed one is not looked at."""
    router = new_router(TopKRouterConfig(k=2), 3, num_experts=5).eval()
    router.selection_bias.copy_(torch.tensor([0.3, -0.5, 0.2, -7.0, 0.1]))
    router.offset[3] = KILLED
    for asleep in (1.0, 0.5, 0.0):
        router.offset[4] = asleep * NEWBORN
        bias = router.waking_bias.tolist()
        assert bias[:3] == router.selection_bias[:3].tolist()
        assert bias[4] == pytest.approx(0.1 - 0.6 * asleep)


@pytest.mark.parametrize("k", [2, 7])
def test_an_expert_revived_afresh_has_tokens_within_100_steps(k: int) -> None:
    trainer = balanced_by_bias(router="top_k", k=k)
    trainer.do("kill", 2)
    train(trainer, 300)
    trainer.do("revive_afresh", 2)
    assert trainer.model.router.selection_bias[2] == 0.0
    assert load_of(train(trainer, 100), 2) > 0.0


def test_biases_do_not_drift_together() -> None:
    bias = balanced_by_bias(router="top_k", k=7).model.router.selection_bias
    assert bias.any()
    assert float(bias.sum()) == pytest.approx(0.0, abs=1e-5)


def test_a_newborn_is_chosen_by_nobody_where_all_others_have_a_bias_far_below_its_own() -> None:
    router = new_router(TopKRouterConfig(k=2), 3, num_experts=5).eval()
    router.selection_bias.copy_(torch.tensor([-5.0, -5.0, -5.0, -5.0, 0.0]))
    router.offset[4] = NEWBORN
    router.notice()
    assert not route(router, random_tokens(40, 3)).assigned[:, 4].any()
    router.forced[4] = True
    router.notice()
    assert route(router, random_tokens(40, 3)).assigned[:, 4].all()


@pytest.mark.parametrize("name", ["clone", "revive_by_cloning"])
def test_a_copied_expert_has_the_bias_of_its_original(name: str) -> None:
    trainer = balanced_by_bias()
    bias = trainer.model.router.selection_bias
    if name == "clone":
        trainer.do("clone", int(bias.argmax()))
        assert trainer.model.router.selection_bias[8] == bias.max()
    else:
        trainer.do("kill", 2)
        busiest = int(trainer.evaluate().load.argmax())
        assert bias[busiest] != bias[2]
        trainer.do("revive_by_cloning", 2)
        assert bias[2] == bias[busiest]
