"""A step in five stages is the same step, its numbers are the step's own, and it can be left at any of them."""

import re
from collections.abc import Callable, Generator

import numpy as np
import pytest
import torch
from torch import Tensor

from moe_core.divergence import Diverged
from moe_core.stages import Stage
from moe_core.trainer import Trainer
from moe_core.training_step import StepRecord
from tests.moe_core.cases import every_choice, fingerprint, meaningful, small_config, train
from tests.moe_core.test_determinism import MEDDLING, meddled
from tests.moe_core.test_trainer import global_random_states, look, losses_of_next_step, next_batch

NAMES = ["forward", "route", "loss", "backward", "update"]

every_kind = pytest.mark.parametrize("settings", every_choice(), ids=str)


def watched_step(trainer: Trainer) -> tuple[dict[str, Stage], StepRecord]:
    """One step: its stages by name, in their order, and the record that it ends with."""
    stages, seen = trainer.stages(), dict[str, Stage]()
    while True:
        try:
            stage = next(stages)
        except StopIteration as end:
            return seen, end.value
        seen[stage.name] = stage


def up_to(trainer: Trainer, name: str) -> Generator[Stage, None, StepRecord]:
    """A step under way whose latest stage is this one."""
    stages = trainer.stages()
    while next(stages).name != name:
        pass
    return stages


@every_kind
def test_a_watched_step_is_the_same_step(settings: dict[str, object]) -> None:
    """Bitwise, through everything that can be done to a run, with curves, kept states and records."""
    straight, watched = Trainer(small_config(**settings)), Trainer(small_config(**settings))
    log = meaningful(straight.config, MEDDLING)
    for step in range(25):
        for command in log:
            if command.step == step:
                straight.do(command.name, command.value)
                watched.do(command.name, command.value)
        seen, record = watched_step(watched)
        assert list(seen) == NAMES
        assert record == straight.step()
    assert fingerprint(watched) == fingerprint(straight)
    assert watched.kept.steps == straight.kept.steps == (0, 20)


@every_kind
def test_before_the_update_nothing_of_the_run_has_changed(settings: dict[str, object]) -> None:
    """Not even what it draws next. So a step that is left, after any stage, was never begun."""
    trainer, straight = (train(Trainer(small_config(**settings)), 3) for _ in range(2))
    before = fingerprint(trainer)
    for name in NAMES[:-1]:
        stages = up_to(trainer, name)
        assert fingerprint(trainer) == before
        stages.close()
        assert fingerprint(trainer) == before
    assert fingerprint(train(trainer, 9)) == fingerprint(train(straight, 9))


@every_kind
def test_looking_between_stages_changes_nothing(settings: dict[str, object]) -> None:
    trainer, straight = (train(Trainer(small_config(**settings)), 8) for _ in range(2))
    shared = global_random_states()
    for _ in range(4):
        for _ in trainer.stages():
            look(trainer)
    assert global_random_states() == shared
    assert fingerprint(trainer) == fingerprint(train(straight, 4))


def test_the_step_is_done_when_the_update_is_seen() -> None:
    """Whoever leaves then has the whole step, its row of the curves among it."""
    trainer = train(Trainer(small_config(stop_after=10)), 9)
    up_to(trainer, "update").close()
    assert (trainer.step_count, trainer.history.last_step) == (10, 10)
    assert trainer.stopped == "The run stopped after 10 steps, as it was set to."
    assert fingerprint(trainer) == fingerprint(train(Trainer(small_config(stop_after=10)), 10))


def test_leaving_a_step_keeps_what_came_later() -> None:
    """A run that went back loses its old future with the update, and not before."""
    trainer = train(Trainer(small_config()), 40)
    trainer.go_back(20)
    up_to(trainer, "backward").close()
    assert (trainer.history.last_step, trainer.kept.last_step) == (40, 40)
    up_to(trainer, "update").close()
    assert (trainer.history.last_step, trainer.kept.last_step) == (20, 20)


@pytest.mark.parametrize("step", [Trainer.step, watched_step], ids=["step", "stages"])
def test_the_step_after_going_back_replaces_what_came_later(step: Callable[[Trainer], object]) -> None:
    """Also where the old future ends with the very step that is taken again, which has a row and a state."""
    trainer = train(Trainer(small_config()), 19)
    trainer.go_back(0)
    trainer.go_back(19)
    for _ in range(3):
        step(trainer)
        assert trainer.kept.steps == (0, 19, 20)
        trainer.go_back(19)
    step(trainer)
    assert trainer.history.column("step").tolist() == [0, 10, 20]
    assert fingerprint(trainer) == fingerprint(train(Trainer(small_config()), 20))


@every_kind
def test_forward_and_route_and_loss_tell_of_the_batch(settings: dict[str, object]) -> None:
    trainer = train(Trainer(small_config(**settings)), 2)
    chosen, (losses, _) = next_batch(trainer), losses_of_next_step(trainer)
    taken = torch.ones(32, dtype=torch.bool)
    if trainer.config.router.varies:
        # A token that nobody takes is told beside the expert that came nearest to it. Such routers draw no noise.
        taken = trainer.model.router(trainer.task.train_inputs[chosen], chosen).assigned.any(-1)
    seen, record = watched_step(trainer)
    forward, route, loss = seen["forward"], seen["route"], seen["loss"]
    assert forward.numbers == {"batch_size": 32}
    assert np.array_equal(forward.arrays["inputs"], trainer.task.train_inputs[chosen].numpy())

    load, expert = route.arrays["load"], route.arrays["expert"]
    assert load.sum() == pytest.approx(1.0)
    assert route.numbers == {"experts_asked": np.count_nonzero(load), "largest_load": load.max()}
    assert expert.dtype == np.uint8
    assert expert.shape == (32,)
    assert set(expert[taken.numpy()]) <= set(np.flatnonzero(load))

    names = ("task_loss", "balance_loss", "plain_loss", "wide_loss")
    assert loss.numbers == pytest.approx({name: one.item() for name, one in zip(names, losses, strict=True)})
    assert loss.numbers["task_loss"] == record.loss
    assert loss.arrays["token_loss"].shape == (32,)
    assert loss.arrays["token_loss"].mean() == pytest.approx(record.loss, rel=1e-5)


def test_with_one_expert_a_token_the_load_counts_the_experts_of_the_batch() -> None:
    trainer = Trainer(small_config(router="switch"))
    route = watched_step(trainer)[0]["route"]
    assert route.arrays["load"].tolist() == (np.bincount(route.arrays["expert"], minlength=4) / 32).tolist()


def norms(tensors: dict[str, Tensor], num_experts: int) -> tuple[float, list[float]]:
    """Of all entries of the router's, and of each expert's rows, one entry after another."""
    router, experts = (
        [tensor for name, tensor in tensors.items() if name.startswith(f"model.{part}.")]
        for part in ("router", "experts")
    )
    whole = sum(float(tensor.double().square().sum()) for tensor in router)
    each = [sum(float(tensor[e].double().square().sum()) for tensor in experts) for e in range(num_experts)]
    return whole**0.5, [one**0.5 for one in each]


@every_kind
def test_backward_and_update_tell_how_hard_it_pulls_and_how_far_it_moves(settings: dict[str, object]) -> None:
    """Against the gradients of the losses by themselves, and the weights before and after."""
    trainer = train(Trainer(small_config(**settings)), 2)
    losses, _ = losses_of_next_step(trainer)
    parameters = list(trainer.parameters.values())
    gradients = torch.autograd.grad(torch.stack(losses).sum(), parameters)
    before = {name: parameter.detach().clone() for name, parameter in trainer.parameters.items()}
    seen, _ = watched_step(trainer)
    moved = {name: parameter.detach() - before[name] for name, parameter in trainer.parameters.items()}
    for stage, what, tensors in (
        (seen["backward"], "gradient", dict(zip(before, gradients, strict=True))),
        (seen["update"], "moved", moved),
    ):
        of_router, of_each = norms(tensors, trainer.num_experts)
        assert stage.arrays[f"expert_{what}"] == pytest.approx(of_each, rel=1e-4, abs=1e-9)
        wanted = {f"router_{what}": of_router, f"experts_{what}": float(np.linalg.norm(of_each))}
        assert stage.numbers == pytest.approx(wanted, rel=1e-4)


def test_a_frozen_expert_is_pulled_at_and_does_not_move() -> None:
    trainer = train(Trainer(small_config(k=4)), 5)
    trainer.do("freeze", 1)
    seen, _ = watched_step(trainer)
    assert seen["backward"].arrays["expert_gradient"][1] > 0
    moved = seen["update"].arrays["expert_moved"]
    assert moved[1] == 0
    assert (np.delete(moved, 1) > 0).all()


CHANGES: dict[str, Callable[[Trainer], object]] = {
    "a live setting": lambda trainer: trainer.do("learning_rate", 0.5),
    "an intervention": lambda trainer: trainer.do("freeze", 0),
    "an expert more": lambda trainer: trainer.do("add"),
    "another step": lambda trainer: trainer.step(),
    "going back": lambda trainer: trainer.go_back(0),
    "rewinding": lambda trainer: trainer.rewind(),
}


@pytest.mark.parametrize("name", NAMES[:-1])
@pytest.mark.parametrize("change", CHANGES.values(), ids=CHANGES)
def test_a_step_does_not_go_on_in_a_run_that_was_changed(change: Callable[[Trainer], object], name: str) -> None:
    """It is refused, and the run is what the change made of it."""
    trainer, other = (train(Trainer(small_config()), 5) for _ in range(2))
    stages = up_to(trainer, name)
    change(trainer)
    change(other)
    with pytest.raises(RuntimeError, match="changed between two stages"):
        next(stages)
    assert fingerprint(train(trainer, 3)) == fingerprint(train(other, 3))


def diverged(step: Callable[[], object]) -> str:
    """Step until it diverges: the sentence."""
    for _ in range(100):
        try:
            step()
        except Diverged as error:
            return str(error)
    raise AssertionError("it did not diverge")


def test_a_watched_step_diverges_as_any_other() -> None:
    trainer, other = (Trainer(small_config(learning_rate=1e6, router="noisy_top_k")) for _ in range(2))
    sentence = diverged(lambda: watched_step(trainer))
    assert sentence == trainer.divergence == diverged(other.step)
    assert fingerprint(trainer) == fingerprint(other)
    with pytest.raises(Diverged, match=re.escape(sentence)):
        next(trainer.stages())


def test_the_numbers_of_experts_that_were_added_are_there() -> None:
    seen, _ = watched_step(meddled({}))
    assert [len(seen[name].arrays[key]) for name, key in (("route", "load"), ("update", "expert_moved"))] == [6, 6]
