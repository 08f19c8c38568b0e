"""Where all are asked, nothing can be said of the choice of an expert."""

import math

import pytest

from moe_core.trainer import Trainer
from tests.moe_core.cases import small_config
from tests.moe_core.test_measure import of_choice


@pytest.mark.parametrize("settings", [{"router": "dense"}, {"router": "soft"}, {"k": 4}], ids=str)
def test_where_everybody_is_asked_there_is_no_choice_to_measure(settings: dict[str, object]) -> None:
    """Nor where one was killed and all others are asked. With one of four asked again, there is."""
    trainer = Trainer(small_config(**{"balancer": "none"} | settings))
    for kill in (False, True):
        if kill:
            trainer.do("kill", 1)
        numbers = trainer.measure()
        unknown = {name for name, value in numbers.items() if math.isnan(value)}
        assert unknown == {name for name in numbers if of_choice(name)}
    if "k" in settings:
        trainer.do("k", 1)
        assert all(math.isfinite(value) for value in trainer.measure().values())
