"""What a person does to an expert: it happens to that expert, to no other, and at no other time."""

import re

import pytest
import torch
from torch import Tensor

from moe_core.config import TABLE, ConfigError
from moe_core.config.command import INTERVENTIONS
from moe_core.interventions import tensors_by_expert
from moe_core.routers.router import NEWBORN, WAKING_STEPS
from moe_core.trainer import Trainer
from tests.moe_core.cases import every_choice, fingerprint, small_config, train

every_kind = pytest.mark.parametrize("settings", every_choice(), ids=str)
every_router = pytest.mark.parametrize("router", TABLE["router"].choices)
every_choosing_router = pytest.mark.parametrize("router", [r for r in TABLE["router"].choices if r != "dense"])
every_optimizer = pytest.mark.parametrize("optimizer", TABLE["optimizer"].choices)


def trained(**settings: object) -> Trainer:
    return train(Trainer(small_config(**settings)), 15)


def rows_of(trainer: Trainer, expert: int) -> dict[str, Tensor]:
    """An expert's row of every parameter, and of what the optimizer remembers of it."""
    rows = {}
    for name, parameter in trainer.model.named_parameters():
        rows[name] = parameter.detach()[expert].clone()
        for kind, memory in trainer.optimizer.state[parameter].items():
            if memory.shape == parameter.shape:
                rows[f"{kind}.{name}"] = memory[expert].clone()
    return rows


def weights_of(trainer: Trainer, expert: int, owner: str = "") -> dict[str, Tensor]:
    """An expert's row of every parameter, or of those of the router or of the experts."""
    named = trainer.model.named_parameters()
    return {name: parameter.detach()[expert].clone() for name, parameter in named if name.startswith(owner)}


def same(one: dict[str, Tensor], other: dict[str, Tensor]) -> bool:
    assert one.keys() == other.keys()
    return all(torch.equal(one[name], other[name]) for name in one)


def outputs(trainer: Trainer) -> Tensor:
    """The mixture's answers to the test split."""
    trainer.model.eval()
    with torch.no_grad():
        answers, _ = trainer.model(trainer.task.test_inputs)
    trainer.model.train()
    return answers


@every_kind
def test_an_experts_row_is_the_first_axis_of_every_tensor(settings: dict[str, object]) -> None:
    """Of all parameters and buffers of router and experts, each held by the module itself, and all are found."""
    trainer = Trainer(small_config(num_experts=5, **settings))
    found = list(tensors_by_expert(trainer.model))
    assert all(len(tensor) == 5 for _, _, tensor in found)
    assert all(getattr(module, name) is tensor for module, name, tensor in found)
    held = {id(tensor) for _, _, tensor in found}
    assert held == {id(tensor) for tensor in [*trainer.model.parameters(), *trainer.model.buffers()]}


@every_kind
def test_every_expert_works_as_its_own_row_and_no_other(settings: dict[str, object]) -> None:
    """Moving one row of the experts' parameters changes that expert's answers alone."""
    trainer = Trainer(small_config(**settings))
    x = trainer.task.test_inputs[:20]
    with torch.no_grad():
        before = trainer.model.expert_outputs(x)
        for parameter in trainer.model.experts.parameters():
            parameter[2] += 1.0
        after = trainer.model.expert_outputs(x)
    assert [torch.equal(one, other) for one, other in zip(before, after, strict=True)] == [True, True, False, True]


@every_kind
def test_a_killed_expert_receives_nothing_from_then_on(settings: dict[str, object]) -> None:
    trainer = trained(**settings)
    trainer.do("kill", 1)
    for _ in range(3):
        routing = trainer.evaluate().routing
        assert not routing.assigned[:, 1].any()
        assert not routing.gates[:, 1].any()
        assert not routing.probs[:, 1].any()
        assert routing.assigned.any(1).all()
        torch.testing.assert_close(routing.probs.sum(1), torch.ones(len(routing.probs)))
        train(trainer, 5)


@every_kind
def test_a_killed_experts_weights_do_not_matter_any_more(settings: dict[str, object]) -> None:
    one, other = (trained(**settings) for _ in range(2))
    for trainer in (one, other):
        trainer.do("kill", 1)
    with torch.no_grad():
        for parameter in other.model.parameters():
            parameter[1] += 1.0
    for _ in range(3):
        assert torch.equal(outputs(one), outputs(other))
        assert one.step() == other.step()
    for expert in (0, 2, 3):
        assert same(rows_of(one, expert), rows_of(other, expert))


@every_kind
def test_killing_leaves_every_weight_as_it_was(settings: dict[str, object]) -> None:
    trainer = trained(**settings)
    before = [rows_of(trainer, expert) for expert in range(4)]
    trainer.do("kill", 1)
    assert all(same(rows_of(trainer, expert), before[expert]) for expert in range(4))


def test_the_tokens_of_a_killed_expert_go_to_the_next_best() -> None:
    trainer = trained(router="switch")
    before = trainer.evaluate().routing
    trainer.do("kill", 1)
    after = trainer.evaluate().routing
    elsewhere = ~before.assigned[:, 1]
    assert torch.equal(after.assigned[elsewhere], before.assigned[elsewhere])
    next_best = before.logits.index_fill(1, torch.tensor(1), -torch.inf).argmax(1)
    assert torch.equal(after.assigned.int().argmax(1), next_best)


def test_with_fewer_alive_than_k_each_token_goes_to_all_of_them() -> None:
    trainer = trained(k=3)
    for expert in (0, 2):
        trainer.do("kill", expert)
    routing = trainer.evaluate().routing
    assert routing.assigned.tolist() == [[False, True, False, True]] * 1000
    torch.testing.assert_close(routing.gates.sum(1), torch.ones(1000))
    assert train(trainer, 5).step_count == 20


@every_router
def test_the_last_expert_alive_cannot_be_killed(router: str) -> None:
    """Though one that is dead already can be killed again, to no effect."""
    trainer = trained(router=router)
    for expert in (0, 1, 3):
        trainer.do("kill", expert)
    refused(trainer, "kill", 2, "kill = expert 3 was refused: it is the last one alive, and somebody has to answer.")
    trainer.do("kill", 0)
    train(trainer, 3)


@every_optimizer
@every_router
def test_a_frozen_expert_stands_still_and_the_others_and_the_router_move(router: str, optimizer: str) -> None:
    """Bitwise, whatever the optimizer remembers of it: momentum goes on without gradient, and decay always does."""
    settings: dict[str, object] = {"weight_decay": 1.0} if optimizer == "adamw" else {}
    trainer = trained(router=router, optimizer=optimizer, **settings)
    before = [weights_of(trainer, expert, "experts.") for expert in range(4)]
    router_row = weights_of(trainer, 2, "router.")
    trainer.do("freeze", 2)
    train(trainer, 10)
    still = [same(weights_of(trainer, expert, "experts."), before[expert]) for expert in range(4)]
    assert still == [False, False, True, False]
    assert not same(weights_of(trainer, 2, "router."), router_row)
    trainer.do("unfreeze", 2)
    train(trainer, 1)
    assert not same(weights_of(trainer, 2, "experts."), before[2])


def test_freezing_one_expert_does_not_hold_the_others_back() -> None:
    """At the next step the others move exactly as they would have."""
    one, other = trained(), trained()
    other.do("freeze", 2)
    for trainer in (one, other):
        trainer.step()
    for expert in (0, 1, 3):
        assert same(rows_of(one, expert), rows_of(other, expert))
    assert same(weights_of(one, 2, "router."), weights_of(other, 2, "router."))


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
@every_kind
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


@every_kind
def test_a_clone_has_the_experts_weights_and_almost_its_router_row(settings: dict[str, object]) -> None:
    """The row is moved by about a tenth of its size, or the two would have equal scores for ever."""
    trainer = trained(**settings)
    trainer.do("clone", 1)
    assert same(weights_of(trainer, 4, "experts."), weights_of(trainer, 1, "experts."))
    original, copy = (weights_of(trainer, expert, "router.")["router.weight"] for expert in (1, 4))
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


@every_choosing_router
def test_an_added_expert_changes_nothing_at_first(router: str) -> None:
    """To within float32's rounding: nobody chooses it, and beside the others' probabilities its own rounds away."""
    trainer = trained(router=router)
    before = outputs(trainer)
    trainer.do("add")
    torch.testing.assert_close(outputs(trainer), before, rtol=1e-6, atol=1e-6)
    assert trainer.evaluate().load[4] == 0.0


def test_an_added_expert_of_a_dense_router_is_heard_from_the_start_and_very_softly() -> None:
    """Dense gating asks everybody. The newcomer's gate is about e^-16 of the others', so the answers stay."""
    trainer = trained(router="dense")
    before = outputs(trainer)
    trainer.do("add")
    routing = trainer.evaluate().routing
    assert routing.assigned[:, 4].all()
    assert 0.0 < float(routing.gates[:, 4].max()) < 1e-5
    torch.testing.assert_close(outputs(trainer), before, rtol=1e-5, atol=1e-5)


@every_router
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


@pytest.mark.parametrize("num_experts", [1, 4])
def test_reviving_by_cloning_needs_another_that_is_alive(num_experts: int) -> None:
    trainer = Trainer(small_config(num_experts=num_experts, k=1))
    for expert in range(1, num_experts):
        trainer.do("kill", expert)
    refused(
        trainer, "revive_by_cloning", 0, "expert 1 was refused: there is no other expert alive that could be copied"
    )


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


@every_choosing_router
def test_every_token_goes_to_a_forced_expert(router: str) -> None:
    """Among its k, until it is released; then the scores decide again as they did."""
    trainer = trained(router=router)
    before = trainer.evaluate().routing.assigned
    trainer.do("force", 3)
    assert trainer.evaluate().routing.assigned[:, 3].all()
    assert trainer.evaluate().routing.assigned.sum(1).tolist() == before.sum(1).tolist()
    trainer.do("force", 1)
    forced = trainer.evaluate().routing.assigned
    assert forced[:, 1].all()
    assert not forced[:, 3].all()
    train(trainer, 3)
    assert trainer.evaluate().routing.assigned[:, 1].all()
    trainer.do("release")
    assert not trainer.evaluate().routing.assigned[:, 1].all()


def test_forcing_and_releasing_again_changes_nothing() -> None:
    trainer = trained()
    before = trainer.state().tensors
    trainer.do("force", 3)
    trainer.do("release")
    assert same(trainer.state().tensors, before)


def test_a_killed_expert_is_forced_no_more() -> None:
    trainer = trained()
    trainer.do("force", 3)
    trainer.do("kill", 3)
    assert not trainer.evaluate().routing.assigned[:, 3].any()
    trainer.do("revive_afresh", 3)
    assert not trainer.evaluate().routing.assigned[:, 3].all()


def test_every_intervention_is_logged_with_its_step_and_its_expert() -> None:
    trainer = train(Trainer(small_config()), 2)
    for name in INTERVENTIONS:
        trainer.do(name, None if name in ("add", "release") else 1)
    assert [vars(command) for command in trainer.log] == [
        {"step": 2, "name": name, "value": None if name in ("add", "release") else 1} for name in INTERVENTIONS
    ]


def refused(trainer: Trainer, name: str, expert: object, sentence: str) -> None:
    """Nothing changes, not even when the run has gone back and has a future that could be forgotten."""
    train(trainer, 60 - trainer.step_count)
    for step in (60, 20):
        trainer.go_back(step)
        before = fingerprint(trainer), trainer.kept.steps, trainer.num_experts
        with pytest.raises(ConfigError, match=re.escape(sentence)) as error:
            trainer.do(name, expert)
        assert str(error.value).endswith(".")
        assert (fingerprint(trainer), trainer.kept.steps, trainer.num_experts) == before


NEEDING_AN_EXPERT = [name for name in INTERVENTIONS if name not in ("add", "release")]


@pytest.mark.parametrize("name", NEEDING_AN_EXPERT)
@pytest.mark.parametrize(
    ("expert", "said"),
    [(4, "expert 5"), (-1, "expert 0"), (None, "None"), (True, "True"), (1.0, "1.0"), ("1", "1"), ([1], "[1]")],
    ids=str,
)
def test_no_such_expert_is_refused(name: str, expert: object, said: str) -> None:
    sentence = f"{name} = {said} was refused: it is done to one of the experts, 1 to 4."
    refused(Trainer(small_config()), name, expert, sentence)


@pytest.mark.parametrize("name", ["add", "release"])
@pytest.mark.parametrize("expert", [0, False, "all"])
def test_an_expert_where_none_is_asked_for_is_refused(name: str, expert: object) -> None:
    refused(Trainer(small_config()), name, expert, f"{name} = {expert} was refused: it is not done to one expert.")


def test_an_intervention_that_does_not_exist_is_refused() -> None:
    refused(Trainer(small_config()), "resurrect", 1, "resurrect = 1 was refused: no such setting")


def test_a_dense_router_cannot_be_forced() -> None:
    refused(Trainer(small_config(router="dense")), "force", 1, "it has no meaning when router is dense")


def test_a_killed_expert_cannot_be_forced() -> None:
    trainer = Trainer(small_config())
    trainer.do("kill", 1)
    refused(trainer, "force", 1, "force = expert 2 was refused: it was killed, so it has to be revived first.")


@pytest.mark.parametrize(("name", "expert"), [("clone", 1), ("add", None)])
def test_more_than_64_experts_are_refused(name: str, expert: int | None) -> None:
    trainer = Trainer(small_config(num_experts=63))
    trainer.do("add")
    refused(trainer, name, expert, f"{name} = 65 was refused: the number of experts would be too large; it is a whole")


LARGE: dict[str, object] = {"task": "digits", "num_experts": 8, "d_hidden": 256, "batch_size": 512}


@pytest.mark.parametrize(("name", "expert"), [("clone", 1), ("add", None)])
def test_growing_past_what_a_run_may_cost_is_refused(name: str, expert: int | None) -> None:
    trainer = Trainer(small_config(**LARGE))
    while trainer.num_experts < 64:
        before = trainer.num_experts
        try:
            trainer.do("add")
        except ConfigError:
            break
    assert trainer.num_experts == before < 64
    with pytest.raises(ConfigError, match=f"{name} = {before + 1} was refused: .* the model would be too large"):
        trainer.do(name, expert)
    assert trainer.num_experts == before


def test_a_setting_that_would_cost_too_much_with_the_experts_added_is_refused() -> None:
    """The bound is for the run as it is now, not for the number of experts that it began with."""
    trainer = Trainer(small_config(task="digits", num_experts=32, d_hidden=64))
    trainer.do("batch_size", 1200)
    trainer.do("batch_size", 64)
    for _ in range(16):
        trainer.do("add")
    with pytest.raises(ConfigError, match="batch_size = 1200 was refused: the model would be too large"):
        trainer.do("batch_size", 1200)
    assert trainer.config.training.batch_size == 64
