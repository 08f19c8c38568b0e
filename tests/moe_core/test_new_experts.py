"""Experts that come to a running model: cloned, added, and revived from the dead."""

import pytest
import torch
from torch import Tensor

from moe_core.interventions import tensors_by_expert
from moe_core.routers.router import NEWBORN, WAKING_STEPS
from moe_core.trainer import Trainer
from tests.moe_core.cases import train
from tests.moe_core.test_interventions import (
    GROWING_ROUTERS,
    every_growing_kind,
    every_growing_router,
    every_kind,
    every_optimizer,
    outputs,
    rows_of,
    same,
    trained,
    weights_of,
)


def last_rows_are_new(trainer: Trainer, before: dict[str, Tensor]) -> bool:
    """Whether every tensor of the state is as before, but for one row of an expert more."""
    now = trainer.state().tensors
    grown = {name for name in now if now[name].shape != before[name].shape}
    per_expert = {f"model.{owner}.{name}" for owner, name in expert_tensors(trainer)}
    assert per_expert <= grown
    assert all(torch.equal(now[name][:-1], before[name]) for name in grown)
    return all(torch.equal(now[name], before[name]) for name in now.keys() - grown)


def expert_tensors(trainer: Trainer) -> list[tuple[str, str]]:
    owners = {id(trainer.model.router): "router", id(trainer.model.experts): "experts"}
    return [(owners[id(module)], name) for module, name, _ in tensors_by_expert(trainer.model)]


@pytest.mark.parametrize(("name", "expert"), [("clone", 1), ("add", None)])
@every_growing_kind
def test_a_new_expert_is_one_row_more_and_all_else_is_bitwise_kept(
    settings: dict[str, object], name: str, expert: int | None
) -> None:
    """Weights and the optimizer's memory of all others, and the random streams. Of the new one it remembers nothing."""
    trainer = trained(**settings)
    before = trainer.state().tensors
    trainer.do(name, expert)
    assert trainer.num_experts == 5
    assert last_rows_are_new(trainer, before)
    newest = rows_of(trainer, 4)
    assert not any(row.any() for part, row in newest.items() if part not in dict(trainer.model.named_parameters()))
    assert trainer.evaluate().load.shape == (5,)
    train(trainer, 10)
    assert trainer.history.loads().shape == (3, 5)
    assert torch.from_numpy(trainer.history.loads()).isnan().sum(0).tolist() == [0, 0, 0, 0, 2]


@every_growing_kind
def test_a_clone_has_the_experts_weights_and_almost_its_router_row(settings: dict[str, object]) -> None:
    """The row is moved by about a tenth of its size, or the two would have equal scores for ever."""
    trainer = trained(**settings)
    trainer.do("clone", 1)
    assert same(weights_of(trainer, 4, "experts."), weights_of(trainer, 1, "experts."))
    if trainer.model.router.rows():
        rows = (weights_of(trainer, expert, "router.").values() for expert in (1, 4))
        original, copy = (torch.cat([part.flatten() for part in row]) for row in rows)
        distance = float((copy - original).norm() / original.norm())
        assert 0.0 < distance < 0.5
    answers = trainer.model.expert_outputs(trainer.task.test_inputs[:20])
    torch.testing.assert_close(answers[4], answers[1])


def test_a_clone_takes_over_a_part_of_its_originals_tokens() -> None:
    """Measured: the two together have nearly the tokens that the one had."""
    trainer = train(trained(router="switch", task="digits", d_hidden=8), 45)
    before = trainer.evaluate().load
    busiest = int(before.argmax())
    trainer.do("clone", busiest)
    after = trainer.evaluate().load
    assert 0.05 < after[4] < before[busiest]
    assert after[4] + after[busiest] == pytest.approx(before[busiest], abs=0.1)


def test_a_clone_of_a_dead_expert_is_dead_and_of_a_frozen_one_can_move() -> None:
    trainer = trained()
    trainer.do("kill", 1)
    trainer.do("clone", 1)
    trainer.do("freeze", 0)
    trainer.do("clone", 0)
    assert trainer.model.router.alive.tolist() == [True, False, True, True, False, True]
    assert trainer.model.experts.frozen.tolist() == [True, False, False, False, False, False]


@pytest.mark.parametrize("router", GROWING_ROUTERS)
def test_an_added_expert_changes_nothing_at_first(router: str) -> None:
    """To within float32's rounding: nobody chooses it, or its answers weigh nothing beside the others'."""
    trainer = trained(router=router)
    before = outputs(trainer)
    trainer.do("add")
    torch.testing.assert_close(outputs(trainer), before, rtol=1e-5, atol=1e-5)
    routing, router_config = trainer.evaluate().routing, trainer.config.router
    assert not (routing.gates[:, 4] > 1e-5).any()
    if not router_config.asks_all and not router_config.looks_at_batch:
        assert routing.load[4] == 0.0


def test_an_added_expert_of_a_dense_router_is_heard_from_the_start_and_very_softly() -> None:
    """Dense gating asks everybody. The newcomer's gate is about e^-16 of the others', so the answers stay."""
    trainer = trained(router="dense")
    before = outputs(trainer)
    trainer.do("add")
    routing = trainer.evaluate().routing
    assert routing.assigned[:, 4].all()
    assert 0.0 < float(routing.gates[:, 4].max()) < 1e-5
    torch.testing.assert_close(outputs(trainer), before, rtol=1e-5, atol=1e-5)


@every_growing_router
def test_an_added_expert_wakes_over_two_hundred_steps_of_training(router: str) -> None:
    """Its handicap goes to zero evenly, and it is the same expert as any other then. Waiting alone changes nothing."""
    trainer = trained(router=router)
    trainer.do("add")
    offset = trainer.model.router.offset
    assert offset.tolist() == [0.0, 0.0, 0.0, 0.0, NEWBORN]
    for part in (0.75, 0.5, 0.25):
        train(trainer, WAKING_STEPS // 4)
        assert offset.tolist() == pytest.approx([0.0, 0.0, 0.0, 0.0, part * NEWBORN], abs=1e-3)
    train(trainer, WAKING_STEPS // 4 + 1)
    assert offset.tolist() == [0.0] * 5
    assert not trainer.model.router.touched


@pytest.mark.parametrize("k", [1, 4])
def test_an_added_expert_receives_tokens_after_training(k: int) -> None:
    """k = 1: one more competitor. k = 4: the weakest of the old ones has to give way somewhere."""
    trainer = trained(task="rules", k=k, renormalize=False, balance_coefficient=1.0, learning_rate=0.02)
    trainer.do("add")
    assert trainer.evaluate().load[4] == 0.0
    assert train(trainer, 400).evaluate().load[4] > 0.02


def test_a_revived_clone_copies_the_busiest_of_the_others() -> None:
    trainer = train(trained(router="switch", task="digits"), 25)
    trainer.do("kill", 0)
    busiest = int(trainer.evaluate().load.argmax())
    trainer.do("revive_by_cloning", 0)
    assert same(weights_of(trainer, 0, "experts."), weights_of(trainer, busiest, "experts."))
    assert not same(weights_of(trainer, 0, "router."), weights_of(trainer, busiest, "router."))
    assert trainer.model.router.alive.all()
    assert trainer.evaluate().load[0] > 0.0


def test_reviving_the_one_that_has_everything_copies_another_that_is_alive() -> None:
    """With all others at zero load, a dead one must not be taken for the busiest."""
    trainer = trained(router="switch")
    trainer.do("kill", 0)
    trainer.do("force", 1)
    trainer.do("revive_by_cloning", 1)
    alike = [same(weights_of(trainer, 1, "experts."), weights_of(trainer, expert, "experts.")) for expert in (0, 2, 3)]
    assert alike == [False, True, False]


@every_kind
def test_an_expert_revived_afresh_is_like_no_expert_before(settings: dict[str, object]) -> None:
    trainer = trained(**settings)
    trainer.do("kill", 1)
    before = [weights_of(trainer, expert) for expert in range(4)]
    untrained = weights_of(Trainer(trainer.config), 1)
    trainer.do("revive_afresh", 1)
    now = weights_of(trainer, 1)
    matrices = [name for name in now if name.endswith(("weight", "w_in", "w_out")) and now[name].any()]
    assert len(matrices) >= 2
    for other in [*before, untrained]:
        assert not any(torch.equal(now[name], other[name]) for name in matrices)
    assert all(same(weights_of(trainer, expert), before[expert]) for expert in (0, 2, 3))
    assert trainer.model.router.alive.all()


@pytest.mark.parametrize("name", ["revive_by_cloning", "revive_afresh"])
@every_optimizer
def test_the_optimizer_forgets_a_revived_expert_and_no_other(optimizer: str, name: str) -> None:
    trainer = trained(optimizer=optimizer)
    trainer.do("kill", 1)
    before = [rows_of(trainer, expert) for expert in range(4)]
    trainer.do(name, 1)
    memory = {part: row for part, row in rows_of(trainer, 1).items() if part not in weights_of(trainer, 1)}
    assert memory
    assert not any(row.any() for row in memory.values())
    assert all(same(rows_of(trainer, expert), before[expert]) for expert in (0, 2, 3))
