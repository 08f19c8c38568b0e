"""The bias that balances without a loss: what moves it, what it moves, and what it leaves alone."""

import math
from pathlib import Path

import pytest
import torch
from torch import Tensor

from moe_core.balancers import LossFree
from moe_core.balancers.loss_free import LARGEST_RATE
from moe_core.checkpoint import load, save
from moe_core.config import SECTIONS, ConfigError, RunConfig
from moe_core.config.balancer import LossFreeConfig
from moe_core.config.routers import RouterConfig, RouterSection, SwitchRouterConfig
from moe_core.routers import Router
from moe_core.routers.router import KILLED, NEWBORN
from moe_core.trainer import Trainer
from tests.moe_core.cases import (
    counts_allowed,
    fingerprint,
    new_router,
    random_tokens,
    route,
    router_configs,
    router_name,
    routing_of,
    small_config,
    train,
)

T, D = 40, 3

BIASED = [variant for variant in SECTIONS["router"] if issubclass(variant, RouterSection) and variant.uses_bias]
every_biased_router = pytest.mark.parametrize("router", [v.model_fields["router"].default for v in BIASED])
every_config = pytest.mark.parametrize(
    "config", [config for config in router_configs() if config.uses_bias], ids=router_name
)


def counts_of(*counts: int) -> Tensor:
    """A batch that gave each expert so many tokens, as the balancer reads it: assigned (T, E)."""
    return torch.eye(len(counts), dtype=torch.bool).repeat_interleave(torch.tensor(counts), dim=0)


def moved(router: Router, *counts: int, rate: float = 0.25) -> list[float]:
    """The biases after one step under these counts."""
    assigned = counts_of(*counts)
    LossFree(rate).after_step(routing_of(torch.full(assigned.shape, 0.2), assigned), router)
    bias: list[float] = router.selection_bias.tolist()
    return bias


def switch() -> Router:
    return new_router(SwitchRouterConfig(), D, num_experts=5)


def test_the_bias_rises_by_the_rate_for_too_few_tokens_and_falls_for_too_many() -> None:
    """Mean 4: by the sign of what is missing, however much that is."""
    router = switch()
    assert moved(router, 0, 3, 4, 5, 8) == [0.25, 0.25, 0.0, -0.25, -0.25]
    assert moved(router, 0, 5, 4, 3, 8) == [0.5, 0.0, 0.0, 0.0, -0.5]


@pytest.mark.parametrize("rate", [10.1, -10.1, 1e30, math.inf, math.nan])
def test_a_rate_that_no_bias_can_follow_is_refused_by_its_name(rate: float) -> None:
    with pytest.raises(ValueError, match=r"^bias_rate = .* was refused: it is a number of at most 10\.$"):
        LossFree(rate)
    with pytest.raises(ConfigError, match=r"^bias_rate = "):
        RunConfig.from_settings({"balancer": "loss_free", "bias_rate": rate})


@every_biased_router
def test_under_the_largest_rate_the_load_swings_and_every_number_stays_one(router: str) -> None:
    """What has too few tokens is chosen by all at the next step and by none after it. Measured over 300 steps: no bias
    is more than 12.5 from 0."""
    trainer = Trainer(small_config(router=router, balancer="loss_free", bias_rate=LARGEST_RATE))
    largest = [float(train(trainer, 1).model.router.selection_bias.abs().max()) for _ in range(60)]
    assert 0.0 < max(largest) <= 2 * LARGEST_RATE
    assert all(parameter.isfinite().all() for parameter in trainer.model.parameters())
    assert trainer.evaluate().routing.assigned.any(-1).all()


def test_the_loss_is_zero_and_teaches_nothing() -> None:
    assigned = counts_of(1, 2, 3)
    loss = LossFree(0.1).loss(routing_of(torch.full(assigned.shape, 1 / 3), assigned))
    assert float(loss) == 0.0
    assert not loss.requires_grad


def test_killed_and_sleeping_experts_take_no_part() -> None:
    """The mean is that of the other three, 4; it would be 2.4 of all."""
    router = switch()
    router.offset[1], router.offset[4] = KILLED, NEWBORN
    router.notice()
    assert moved(router, 5, 0, 4, 3, 0) == [-0.25, 0.0, 0.0, 0.25, 0.0]


@pytest.mark.parametrize("awake", [7, 6, 5, 3])
def test_the_bias_of_the_killed_rests_where_the_mean_is_no_number_of_float32(awake: int) -> None:
    """128 tokens for so many of eight experts: a third, a fifth or a seventh of one is rounded."""
    router = new_router(SwitchRouterConfig(), D, num_experts=8)
    router.offset[awake:] = KILLED
    router.notice()
    counts = [128 // awake + (expert < 128 % awake) for expert in range(awake)]
    biases = moved(router, *counts, *[0] * (8 - awake))
    assert all(biases[:awake])
    assert not any(biases[awake:])


def test_with_nobody_awake_nothing_moves() -> None:
    router = switch()
    router.offset[:4], router.offset[4] = KILLED, NEWBORN
    router.notice()
    assert moved(router, 0, 0, 0, 0, 9) == [0.0] * 5


def test_while_an_expert_is_forced_nothing_moves() -> None:
    router = switch()
    router.forced[2] = True
    router.notice()
    assert moved(router, 0, 0, 9, 0, 0) == [0.0] * 5


@pytest.mark.parametrize("killed", [[], [1]], ids=["all alive", "one killed"])
@every_config
def test_a_large_bias_decides_the_choice_and_forced_and_killed_come_first(
    config: RouterConfig, killed: list[int]
) -> None:
    """Biases of 10 and more outweigh any score. A killed expert is not chosen with the largest of all.

    They fall from group to group, so that a choice of groups leaves their order as it is.
    """
    router = new_router(config, D).eval()
    router.selection_bias.copy_(torch.tensor([50.0, 60.0, 40.0, 30.0, 10.0, 20.0]))
    router.offset[killed] = KILLED
    router.notice()
    ranked = [expert for expert in (1, 0, 2, 3, 5, 4) if expert not in killed]
    for row in route(router, random_tokens(T, D)).assigned:
        chosen = row.nonzero().flatten().tolist()
        assert len(chosen) in counts_allowed(config, len(ranked))
        assert chosen == sorted(ranked[: len(chosen)])
    router.forced[3] = True
    router.notice()
    assert route(router, random_tokens(T, D)).assigned[:, 3].all()


@every_biased_router
def test_a_run_goes_on_bitwise_from_a_file_and_from_a_kept_state(router: str, tmp_path: Path) -> None:
    """The bias is part of both. It is not zero by then."""
    settings = small_config(router=router, balancer="loss_free", bias_rate=0.05)
    straight = train(Trainer(settings), 50)
    halfway = train(Trainer(settings), 25)
    assert halfway.model.router.selection_bias.any()
    save(halfway, tmp_path / "run.safetensors")
    assert fingerprint(train(load(tmp_path / "run.safetensors"), 25)) == fingerprint(straight)
    again = train(Trainer(settings), 50)
    again.go_back(20)
    assert again.model.router.biased
    assert fingerprint(train(again, 30)) == fingerprint(straight)


@pytest.mark.parametrize("variant", [v for v in BIASED if v.grows is True], ids=lambda variant: variant.__name__)
def test_a_new_expert_starts_without_a_bias_and_gets_one_when_it_is_awake(variant: type[RouterSection]) -> None:
    router = variant.model_fields["router"].default
    trainer = train(Trainer(small_config(router=router, balancer="loss_free", bias_rate=0.01)), 20)
    trainer.do("add")
    train(trainer, 150)
    assert trainer.model.router.selection_bias[-1] == 0.0
    train(trainer, 100)
    assert trainer.model.router.selection_bias[-1] != 0.0


def test_it_is_refused_where_nothing_is_chosen_by_scores() -> None:
    for config in router_configs():
        assert bool(LossFreeConfig.refusal(config)) == (not config.uses_bias)
    (problem,) = RunConfig.from_settings({"router": "dense", "balancer": "none"}).merge({"balancer": "loss_free"})[1]
    assert str(problem) == (
        "balancer = loss_free was refused: loss_free has no meaning when router is dense: it chooses by no scores that "
        "a bias could be added to."
    )
