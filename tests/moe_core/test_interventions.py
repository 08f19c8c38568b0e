"""What a person does to an expert: it happens to that expert, to no other, and at no other time."""

import pytest
import torch
from torch import Tensor

from moe_core.config import TABLE
from moe_core.config.command import INTERVENTIONS
from moe_core.interventions import tensors_by_expert
from moe_core.trainer import Trainer
from tests.moe_core.cases import every_choice, small_config, train

every_kind = pytest.mark.parametrize("settings", every_choice(), ids=str)
every_router = pytest.mark.parametrize("router", TABLE["router"].choices)
GROWING_ROUTERS = [r for r in TABLE["router"].choices if small_config(router=r).router.grows is True]
every_growing_router = pytest.mark.parametrize("router", GROWING_ROUTERS)
every_growing_kind = pytest.mark.parametrize(
    "settings", [c for c in every_choice() if c.get("router", "top_k") in GROWING_ROUTERS], ids=str
)
every_choosing_router = pytest.mark.parametrize(
    "router", [r for r in TABLE["router"].choices if not small_config(router=r).router.asks_all]
)
every_optimizer = pytest.mark.parametrize("optimizer", TABLE["optimizer"].choices)


def trained(**settings: object) -> Trainer:
    return train(Trainer(small_config(**settings)), 15)


def by_expert(trainer: Trainer) -> dict[str, Tensor]:
    """Every parameter with a row for each expert that can be chosen: shared experts are none of them."""
    shared = {f"router.{name}" for name in trainer.model.router.shared_parameters}
    named = trainer.model.named_parameters()
    return {name: tensor for name, tensor in named if name not in shared and not name.startswith("shared.")}


def rows_of(trainer: Trainer, expert: int) -> dict[str, Tensor]:
    """An expert's row of every parameter, and of what the optimizer remembers of it."""
    rows = {}
    for name, parameter in by_expert(trainer).items():
        rows[name] = parameter.detach()[expert].clone()
        for kind, memory in trainer.optimizer.state[parameter].items():
            if memory.shape == parameter.shape:
                rows[f"{kind}.{name}"] = memory[expert].clone()
    return rows


def weights_of(trainer: Trainer, expert: int, owner: str = "") -> dict[str, Tensor]:
    """An expert's row of every parameter, or of those of the router or of the experts."""
    named = by_expert(trainer).items()
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
    """Of all parameters and buffers of router and experts, each held by the module itself, and all are found but for
    those that the router names as shared."""
    trainer = Trainer(small_config(num_experts=6, **settings))
    found = list(tensors_by_expert(trainer.model))
    assert all(len(tensor) == 6 for _, _, tensor in found)
    assert all(getattr(module, name) is tensor for module, name, tensor in found)
    held = {id(tensor) for _, _, tensor in found}
    router, experts = trainer.model.router, trainer.model.experts
    buffers = {name: buffer for module in (router, experts) for name, buffer in module.named_buffers()}
    rows = [buffer for name, buffer in buffers.items() if name not in router.shared_parameters]
    assert held == {id(tensor) for tensor in [*by_expert(trainer).values(), *rows]}


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
        assert routing.assigned.any(1).all() or trainer.config.router.varies
        torch.testing.assert_close(routing.probs.sum(1), torch.ones(len(routing.probs)))
        train(trainer, 5)


@every_kind
def test_a_killed_experts_weights_do_not_matter_any_more(settings: dict[str, object]) -> None:
    one, other = (trained(**settings) for _ in range(2))
    for trainer in (one, other):
        trainer.do("kill", 1)
    with torch.no_grad():
        for parameter in by_expert(other).values():
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
    assert same(weights_of(trainer, 2, "router."), router_row) == (not router_row)
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


@every_choosing_router
def test_every_token_goes_to_a_forced_expert(router: str) -> None:
    """Among its k, if it has k, until it is released; then the scores decide again as they did."""
    trainer = trained(router=router)
    before = trainer.evaluate().routing.assigned
    trainer.do("force", 3)
    assert trainer.evaluate().routing.assigned[:, 3].all()
    assert trainer.config.router.varies or torch.equal(trainer.evaluate().routing.assigned.sum(1), before.sum(1))
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
