"""Commands given at a step whose state was kept before them."""

import pytest

from moe_core.config import ConfigError
from moe_core.config.command import Command
from moe_core.trainer import Trainer
from tests.moe_core.cases import fingerprint, small_config, train


def test_commands_of_a_kept_step_stay_when_one_looks_back() -> None:
    """The state of step 40 was kept before they were given."""
    trainer = train(Trainer(small_config()), 40)
    trainer.do("kill", 0)
    trainer.do("learning_rate", 0.5)
    end = fingerprint(trainer)
    trainer.go_back(20)
    trainer.go_back(40)
    assert fingerprint(trainer) == end
    assert trainer.kept.bytes == sum(len(state.data) for state in trainer.kept._states.values())


def test_going_back_to_the_present_step_undoes_its_commands() -> None:
    trainer = train(Trainer(small_config()), 40)
    before = fingerprint(trainer)
    trainer.do("kill", 0)
    trainer.go_back(40)
    assert fingerprint(trainer) == before
    trainer.do("kill", 1)
    train(trainer, 20)
    trainer.go_back(40)
    assert trainer.log == []
    assert bool(trainer.model.router.alive.all())
    trainer.go_back(60)
    assert trainer.log == [Command(40, "kill", 1)]


def test_a_run_takes_so_many_commands_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("moe_core.trainer.MOST_COMMANDS", 2)
    trainer = Trainer(small_config())
    trainer.do("freeze", 0)
    trainer.do("learning_rate", 0.5)
    before = fingerprint(trainer)
    with pytest.raises(ConfigError, match=r"kill = 1 was refused: the run has had 2 commands; rewind to go on\."):
        trainer.do("kill", 1)
    assert fingerprint(trainer) == before
    trainer.rewind()
    trainer.do("kill", 1)
