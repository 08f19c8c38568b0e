"""The settings of a run as TOML are all that is needed to do it again."""

import tomllib

from moe_core.config import RunConfig
from moe_core.config.command import Command
from moe_core.export import settings_toml
from moe_core.trainer import Trainer
from tests.moe_core.cases import fingerprint
from tests.moe_core.export.runs import eventful


def test_settings_and_log_are_read_back_and_give_the_same_run() -> None:
    trainer = eventful({})
    read = tomllib.loads(settings_toml(trainer))
    again = Trainer(RunConfig.from_settings(read["settings"]))
    again.replay([Command(given["step"], given["name"], given.get("value")) for given in read["log"]], read["step"])
    assert again.log == trainer.log
    assert fingerprint(again) == fingerprint(trainer)
