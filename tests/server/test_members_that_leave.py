"""A member that leaves a lockstep group takes nothing with it: the others go on as what they have become."""

from typing import Any

import pytest

from moe_core.config import RunConfig, presets
from moe_core.trainer import Trainer
from server.live_run import LiveRun
from server.protocol import Command

SETTINGS = presets.load("specialists").config.settings()
OTHERS: list[dict[str, Any]] = [{"router": "switch"}, {"balance_coefficient": 0.5}, {"balance_coefficient": 1.0}]


@pytest.mark.parametrize("gone", [1, 2, 3])
def test_whoever_stays_goes_on_under_another_number(gone: int) -> None:
    run = LiveRun(Trainer(RunConfig.from_settings(SETTINGS)))
    assert run.configure(SETTINGS, OTHERS, now=0.0) is None
    for _ in range(4):
        run.obey(Command(command="step"), now=0.0)
    stay = [member for number, member in enumerate(run.members) if number != gone]
    version = run.run_version
    others = [other for number, other in enumerate(OTHERS, start=1) if number != gone]
    assert run.configure(SETTINGS, others, now=0.0) is None
    assert list(run.members) == stay
    assert run.step == 4
    assert run.run_version > version
