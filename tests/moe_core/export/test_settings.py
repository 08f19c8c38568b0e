"""The settings of a run as TOML are all that is needed to do it again."""

import tomllib

from moe_core.config import RunConfig
from moe_core.export import settings_toml
from moe_core.saved_run import saved_run
from moe_core.trainer import Trainer
from tests.moe_core.cases import fingerprint
from tests.moe_core.export.runs import eventful


def test_settings_and_log_are_read_back_and_give_the_same_run() -> None:
    trainer = eventful({})
    read = saved_run(settings_toml(trainer))
    again = Trainer(RunConfig.from_settings(read.settings))
    again.replay(list(read.commands), read.step)
    assert again.log == trainer.log
    assert fingerprint(again) == fingerprint(trainer)


def test_the_log_counts_experts_from_1_as_the_screen_does() -> None:
    trainer = eventful({})
    said = [given for given in tomllib.loads(settings_toml(trainer))["log"] if given["name"] == "kill"]
    done = [command for command in trainer.log if command.name == "kill"]
    assert [given["expert"] for given in said] == [command.value + 1 for command in done] != []
    assert all("value" not in given for given in said)
