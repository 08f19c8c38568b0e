"""A URL holds the whole experiment, and what it holds badly is named."""

import pytest

from moe_core.config import presets
from ui.experiment import Experiment


@pytest.mark.parametrize("name", presets.NAMES)
def test_a_preset_survives_its_own_query(name):
    experiment = Experiment.of_preset(name)
    assert Experiment.of_query(experiment.query()) == experiment


def test_the_first_preset_needs_no_query():
    assert Experiment.of_preset(presets.NAMES[0]).query() == {}


def test_changes_survive_the_query():
    experiment = (
        Experiment.of_preset("two-experts-each")
        .changed("learning_rate", 0.005)
        .changed("renormalize", False)
        .changed("task", "moons")
        .changed("seed", 7)
    )
    query = experiment.query()
    assert query["preset"] == "two-experts-each"
    assert query["renormalize"] == "false"
    read = Experiment.of_query(query)
    assert read.config == experiment.config
    assert read.problems == ()


def test_a_change_of_router_drops_what_the_new_one_does_not_have():
    experiment = Experiment.of_preset("two-experts-each").changed("router", "switch")
    assert "k" not in experiment.query()
    assert Experiment.of_query(experiment.query()).config == experiment.config


def test_bad_values_are_named_and_good_ones_kept():
    experiment = Experiment.of_query(
        {"preset": "collapse", "num_experts": "1000000", "learning_rate": "0.01", "colour": "red", "seed": "x"}
    )
    assert experiment.preset == "collapse"
    assert experiment.config.training.learning_rate == 0.01
    assert experiment.config.model.num_experts == 8
    text = " ".join(experiment.problems)
    assert "num_experts = 1000000 was refused: it is a whole number from 1 to 64." in text
    assert "colour = red was refused" in text
    assert "seed = x was refused" in text


def test_an_unknown_preset_names_the_nearest_and_the_settings_are_kept():
    experiment = Experiment.of_query({"preset": "colapse", "seed": "3"})
    assert "did you mean collapse?" in experiment.problems[0]
    assert experiment.preset == presets.NAMES[0]
    assert experiment.config.training.seed == 3


def test_a_refused_change_leaves_the_experiment_as_it_was():
    before = Experiment.of_preset("two-experts-each")
    after = before.changed("k", 9)
    assert after.config == before.config
    assert after.problems == ("k = 9 was refused: it is at most num_experts, which is 8.",)


def test_k_goes_down_with_the_number_of_experts():
    experiment = Experiment.of_preset("two-experts-each").changed("num_experts", 1)
    assert experiment.problems == ()
    assert experiment.query() == {"preset": "two-experts-each", "num_experts": "1", "k": "1"}


def test_what_differs_from_the_preset_is_known():
    experiment = Experiment.of_preset("specialists")
    assert experiment.differences == ()
    assert experiment.changed("seed", 1).differences == ("seed",)
    assert experiment.changed("seed", 1).changed("seed", experiment.config.training.seed).differences == ()
