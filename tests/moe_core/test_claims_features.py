"""What other features of a point are worth, over five seeds: what no straight line parts, a conic or a wave does."""

import pytest

from moe_core.config import RunConfig
from moe_core.trainer import Trainer
from tests.moe_core.cases import train

pytestmark = pytest.mark.slow

NUM_STEPS = 600


def accuracy(seed: int, task: str, features: str) -> float:
    """Of one linear expert, which answers every point by itself."""
    alone = {"expert": "linear", "num_experts": 1, "k": 1}
    config = RunConfig.from_settings({"task": task, "features": features, "seed": seed, **alone})
    return train(Trainer(config), NUM_STEPS).evaluate().test_score


@pytest.mark.parametrize("seed", range(5))
def test_squares_part_two_circles_and_coordinates_leave_them_at_chance(seed: int) -> None:
    assert accuracy(seed, "circles", "coordinates") < 0.65
    assert accuracy(seed, "circles", "waves") < 0.65
    assert accuracy(seed, "circles", "squares") > 0.99


@pytest.mark.parametrize("seed", range(5))
def test_waves_part_two_moons_and_squares_do_not(seed: int) -> None:
    assert accuracy(seed, "moons", "coordinates") < 0.92
    assert accuracy(seed, "moons", "squares") < 0.92
    assert accuracy(seed, "moons", "waves") > 0.97
