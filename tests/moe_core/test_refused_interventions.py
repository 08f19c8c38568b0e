"""An intervention that cannot be done is refused in a sentence, and nothing has changed."""

import re

import pytest

from moe_core.config import ConfigError
from moe_core.config.command import INTERVENTIONS
from moe_core.trainer import Trainer
from tests.moe_core.cases import fingerprint, small_config, train
from tests.moe_core.test_interventions import (
    every_router,
    trained,
)


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


@pytest.mark.parametrize("num_experts", [1, 4])
def test_reviving_by_cloning_needs_another_that_is_alive(num_experts: int) -> None:
    trainer = Trainer(small_config(num_experts=num_experts, k=1))
    for expert in range(1, num_experts):
        trainer.do("kill", expert)
    refused(
        trainer, "revive_by_cloning", 0, "expert 1 was refused: there is no other expert alive that could be copied"
    )


@every_router
def test_the_last_expert_alive_cannot_be_killed(router: str) -> None:
    """Though one that is dead already can be killed again, to no effect."""
    trainer = trained(router=router)
    for expert in (0, 1, 3):
        trainer.do("kill", expert)
    refused(trainer, "kill", 2, "kill = expert 3 was refused: it is the last one alive, and somebody has to answer.")
    trainer.do("kill", 0)
    train(trainer, 3)


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
    value = 65 if expert is None else "expert 2"
    refused(trainer, name, expert, f"{name} = {value} was refused: the number of experts would be too large; it is a")


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
    value = before + 1 if expert is None else "expert 2"
    with pytest.raises(ConfigError, match=f"{name} = {value} was refused: .* the model would be too large"):
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
