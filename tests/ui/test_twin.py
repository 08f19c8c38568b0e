"""What a copy of a run may have otherwise is known, and every proposal is one that the run would take."""

import pytest

from moe_core.config import presets
from ui.experiment import Experiment
from ui.twin import offered


@pytest.mark.parametrize("name", presets.NAMES)
def test_what_is_offered_is_taken_and_differs(name):
    experiment = Experiment.of_preset(name)
    settings = experiment.config.settings()
    for setting, value in offered(experiment.config).items():
        copied = experiment.compared(setting, value)
        assert copied.problems == ()
        assert copied.members == ({setting: value},)
        assert settings[setting] != value


@pytest.mark.parametrize("name", presets.NAMES)
def test_a_run_and_its_copy_share_their_data(name):
    others = offered(presets.load(name).config)
    assert {"learning_rate", "router", "num_experts", "optimizer"} <= set(others)
    assert not {"task", "noise", "num_train", "points", "seed", "device"} & set(others)


def test_the_first_proposal_is_a_plain_difference():
    assert offered(presets.load("specialists").config)["balance_coefficient"] == 0.0
    assert offered(presets.load("collapse").config)["balance_coefficient"] == 1.0
    assert offered(presets.load("specialists").config)["learning_rate"] == 0.2
