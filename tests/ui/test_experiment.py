"""A URL holds the whole experiment, and what it holds badly is named."""

import pytest

from moe_core.config import TABLE, presets
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


def test_an_address_with_another_router_lets_fall_what_the_select_box_lets_fall_and_says_so():
    read = Experiment.of_query({"router": "expert_choice"})
    assert read.problems == ()
    assert read.config == Experiment.of_preset("specialists").changed("router", "expert_choice").config
    assert read.fallen == ("balancer is none and not switch_loss, which the rest of this address rules out.",)
    assert read.alone().fallen == read.changed("seed", 3).fallen == ()
    assert Experiment.of_query(read.query()) == read.alone()


def test_what_an_address_asks_for_itself_does_not_fall():
    read = Experiment.of_query({"router": "expert_choice", "balancer": "switch_loss"})
    assert read.fallen == ()
    assert read.config == Experiment.of_preset("specialists").config
    assert any(problem.startswith("router = expert_choice was refused") for problem in read.problems)


def test_a_change_of_router_drops_what_the_new_one_does_not_have():
    experiment = Experiment.of_preset("two-experts-each").changed("router", "switch")
    assert "k" not in experiment.query()
    assert Experiment.of_query(experiment.query()).config == experiment.config


CHOICES = [
    (row.name, choice)
    for row in TABLE.values()
    for choice in row.choices
    if (row.name, choice) not in (("task", "csv"), ("balancer", "importance_and_load"))
]


@pytest.mark.parametrize("name", presets.NAMES)
@pytest.mark.parametrize(("setting", "choice"), CHOICES)
def test_every_choice_survives_the_query(name, setting, choice):
    """Or it is refused by its name, where the preset's other settings leave it no meaning, and the preset stays."""
    preset = Experiment.of_preset(name)
    experiment = preset.changed(setting, choice)
    assert all(problem.startswith(f"{setting} = {choice} was refused: ") for problem in experiment.problems)
    assert not experiment.problems or experiment.config == preset.config
    assert Experiment.of_query(experiment.query()).config == experiment.config


BALANCERS = ["none", "z_loss", "switch_loss+z_loss", "importance_and_load", "switch_loss+importance_and_load+z_loss"]


@pytest.mark.parametrize("balancer", BALANCERS)
def test_balancers_that_work_together_survive_the_query(balancer):
    experiment = Experiment.of_preset("specialists").changed("router", "noisy_top_k").changed("balancer", balancer)
    assert experiment.problems == ()
    assert experiment.config.balancer.balancer == balancer
    assert Experiment.of_query(experiment.query()).config == experiment.config


def test_what_is_as_in_the_preset_but_not_as_the_new_task_has_it_survives_the_query():
    experiment = Experiment.of_preset("specialists").changed("task", "piecewise").changed("noise", 0.0)
    assert experiment.query() == {"task": "piecewise", "noise": "0.0"}
    assert Experiment.of_query(experiment.query()).config == experiment.config


def test_a_change_of_task_keeps_only_what_was_changed_from_its_default():
    moved = Experiment.of_preset("specialists").changed("task", "piecewise").config
    assert (moved.task.noise, moved.training.learning_rate) == (0.05, 0.02)
    assert (
        Experiment.of_preset("specialists").changed("noise", 0.2).changed("task", "piecewise").config.task.noise == 0.2
    )


def test_a_balancer_that_needs_another_router_is_refused_with_its_reason_and_nothing_is_lost():
    before = Experiment.of_preset("two-experts-each").changed("seed", 5)
    after = before.changed("balancer", "importance_and_load")
    assert after.config == before.config
    assert after.problems == (
        "balancer = importance_and_load was refused: importance_and_load needs the router noisy_top_k, "
        "whose noise gives the load a gradient.",
    )


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


def test_an_unknown_setting_is_answered_with_the_nearest_alone():
    experiment = Experiment.of_query({"lerning_rate": "0.1"})
    assert experiment.problems == (
        "lerning_rate = 0.1 was refused: no such setting; the nearest are learning_rate, baseline_learning_rate.",
    )


def test_a_refused_change_leaves_the_experiment_as_it_was():
    before = Experiment.of_preset("two-experts-each")
    after = before.changed("k", 9)
    assert after.config == before.config
    assert after.problems == ("k = 9 was refused: it is at most the number of experts, which is 8.",)


def test_k_goes_down_with_the_number_of_experts():
    experiment = Experiment.of_preset("two-experts-each").changed("num_experts", 1)
    assert experiment.problems == ()
    assert experiment.query() == {"preset": "two-experts-each", "num_experts": "1", "k": "1"}


def test_another_router_asks_for_no_more_experts_than_there_are():
    experiment = Experiment.of_preset("one-network").changed("router", "noisy_top_k")
    assert experiment.problems == ()
    assert experiment.query() == {"preset": "one-network", "router": "noisy_top_k", "k": "1"}


def test_what_another_task_brings_with_it_was_not_changed_by_anybody():
    experiment = Experiment.of_preset("specialists").changed("task", "points").changed("seed", 3)
    assert {"task", "noise", "points", "seed"} <= set(experiment.differences)
    assert experiment.changes == {"task": "points", "seed": 3}


def test_several_settings_change_at_once_and_what_is_refused_is_named():
    experiment = Experiment.of_preset("collapse").merged({"balance_coefficient": 0.3, "seed": 5, "colour": "red"})
    assert experiment.changes == {"balance_coefficient": 0.3, "seed": 5}
    assert experiment.problems[0].startswith("colour = red was refused")


def test_what_differs_from_the_preset_is_known():
    experiment = Experiment.of_preset("specialists")
    assert experiment.differences == ()
    assert experiment.changed("seed", 1).differences == ("seed",)
    assert experiment.changed("seed", 1).changed("seed", experiment.config.training.seed).differences == ()


def test_routers_tried_one_after_another_lead_back_to_the_preset():
    """What a router in between lacks, or has otherwise by default, is not left behind."""
    experiment = preset = Experiment.of_preset("specialists")
    for router in [*reversed(TABLE["router"].choices), "top_k"]:
        experiment = experiment.changed("router", router)
        assert experiment.problems == ()
    assert set(experiment.differences) <= {"balancer", "balance_coefficient"}
    assert experiment.config.router == preset.config.router


def test_what_another_router_cannot_have_falls_with_the_one_before():
    sinkhorn = Experiment.of_preset("specialists").changed("router", "sinkhorn")
    assert sinkhorn.problems == ()
    assert sinkhorn.config.settings()["balancer"] == "none"
    dense = Experiment.of_preset("capacity").changed("router", "dense")
    assert dense.problems == ()
    assert dense.config.settings()["capacity"] == "unlimited"
