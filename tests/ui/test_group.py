"""What stands beside a run: read from the address and written into it, refused one by one, and what falls."""

import pytest

from moe_core.config import TABLE
from ui.experiment import Experiment
from ui.group import name_of


@pytest.mark.parametrize(
    ("name", "value"), [("balance_coefficient", 0.0), ("renormalize", True), ("router", "sigmoid"), ("num_experts", 4)]
)
def test_a_copy_survives_the_query(name, value):
    experiment = Experiment.of_preset("specialists").changed("learning_rate", 0.05).compared(name, value)
    assert experiment.members == ({name: value},)
    assert experiment.others == [{name: value}]
    assert Experiment.of_query(experiment.query()) == experiment


def test_without_a_copy_there_are_no_others():
    experiment = Experiment.of_preset("specialists").compared("k", 2)
    assert experiment.alone().others == []
    assert "twin" not in experiment.alone().query()


@pytest.mark.parametrize(
    ("twin", "reason"),
    [
        ("balance_coefficient:much", "of balance_coefficient, it is a number from 0 to 100"),
        ("balance_coefficient", "of balance_coefficient, it is a number from 0 to 100"),
        ("colour:red", "no such setting"),
        ("k:9", "of k, it is at most the number of experts, which is 8"),
        ("router_noise:1", "of router_noise, it has no meaning when router is top_k"),
        ("task:moons", "the copy learns from the same data on the same device, so task is shared"),
        ("seed:3", "the copy learns from the same data on the same device, so seed is shared"),
    ],
)
def test_a_bad_copy_is_named_and_dropped(twin, reason):
    experiment = Experiment.of_query({"twin": twin, "learning_rate": "0.05"})
    assert experiment.members == ()
    assert experiment.config.training.learning_rate == 0.05
    (problem,) = experiment.problems
    assert problem.startswith(f"twin = {twin}")
    assert f"was refused: {reason}" in problem


def test_a_copy_stays_when_the_run_changes_and_goes_when_it_has_lost_its_meaning():
    compared = Experiment.of_preset("specialists").compared("k", 2)
    assert compared.changed("learning_rate", 0.1).members == ({"k": 2},)
    assert compared.changed("k", 2).members == ({"k": 2},)
    without = compared.changed("router", "switch")
    assert without.members == ()
    assert without.problems == ("twin = k:2 was refused: of k, it has no meaning when router is switch.",)


def test_a_copy_may_see_other_features_of_the_same_points_where_there_are_points():
    compared = Experiment.of_preset("specialists").compared("features", "squares")
    assert compared.members == ({"features": "squares"},)
    assert Experiment.of_query(compared.query()) == compared
    assert compared.changed("task", "moons").members == ({"features": "squares"},)
    reason = "of features, it has no meaning when task is digits"
    assert compared.changed("task", "digits").problems == (f"twin = features:squares was refused: {reason}.",)


def test_a_change_may_give_the_copy_another_value_of_what_it_has_otherwise():
    compared = Experiment.of_preset("specialists").compared("balance_coefficient", 0.5)
    after = compared.merged({"learning_rate": 0.1}, [{"balance_coefficient": 0.2}])
    assert after.members == ({"balance_coefficient": 0.2},)
    assert after.config.training.learning_rate == 0.1
    assert Experiment.of_preset("specialists").merged({}, [{"balance_coefficient": 0.2}]).members == ()


GROUP = "router:dense;balancer:switch_loss+z_loss,z_coefficient:0.01;router:sigmoid,k:2,balance_coefficient:1.0"


def test_several_members_of_several_settings_survive_the_query():
    experiment = Experiment.of_query({"twin": GROUP})
    assert experiment.problems == ()
    assert experiment.members == (
        {"router": "dense"},
        {"balancer": "switch_loss+z_loss", "z_coefficient": 0.01},
        {"router": "sigmoid", "k": 2, "balance_coefficient": 1.0},
    )
    assert experiment.query() == {"twin": GROUP}
    # A + typed into an address arrives as a space.
    assert Experiment.of_query({"twin": GROUP.replace("+", " ")}) == experiment


def test_bad_members_are_named_one_by_one_and_the_good_ones_kept():
    experiment = Experiment.of_query({"twin": "k:9;balance_coefficient:0.5;k:1,k:2"})
    assert experiment.members == ({"balance_coefficient": 0.5},)
    assert experiment.problems == (
        "twin = k:9 was refused: of k, it is at most the number of experts, which is 8.",
        "twin = k:1,k:2 was refused: each setting is named once.",
    )
    (problem,) = Experiment.of_query({"twin": "balance_coefficient:0.5,"}).problems
    assert problem.startswith("twin = balance_coefficient:0.5,: was refused: no such setting")


def test_a_member_of_which_one_setting_is_bad_is_refused_as_a_whole():
    experiment = Experiment.of_query({"twin": "learning_rate:0.1,router_noise:1"})
    assert experiment.members == ()
    (problem,) = experiment.problems
    assert problem.endswith("of router_noise, it has no meaning when router is top_k.")


def test_each_bad_setting_of_a_member_is_named():
    (problem,) = Experiment.of_query({"twin": "k:99,bogus:1"}).problems
    assert problem.startswith("twin = k:99,bogus:1 was refused: of k, it is ")
    assert "; of bogus, no such setting" in problem


def test_more_than_fit_side_by_side_are_refused_with_their_number():
    experiment = Experiment.of_query({"twin": ";".join(f"balance_coefficient:{value}" for value in range(1, 6))})
    assert [member["balance_coefficient"] for member in experiment.members] == [1, 2, 3]
    (problem,) = experiment.problems
    assert problem.startswith("twin = 5 copies was refused: at most 3 stand beside the run")


@pytest.mark.parametrize("router", [name for name in TABLE["router"].choices if name != "top_k"])
def test_a_copy_may_have_any_router_and_what_that_cannot_have_falls(router):
    experiment = Experiment.of_preset("capacity").changed("mixture_loss", "cooperative").compared("router", router)
    assert experiment.problems == ()
    assert experiment.members == ({"router": router},)
    (other,) = experiment.others
    assert experiment.config.merge(other)[1] == ()
    assert Experiment.of_query(experiment.query()) == experiment


def test_what_falls_for_a_copy_is_among_what_it_has_otherwise():
    experiment = Experiment.of_preset("specialists").compared("router", "dense")
    assert experiment.others == [{"router": "dense", "balancer": "none"}]
    assert name_of(experiment.others[0]) == "Router Dense (every expert), Balancer None"
    unbalanced = experiment.changed("balancer", "none")
    assert unbalanced.others == [{"router": "dense"}]


def test_of_a_copy_something_falls_as_the_run_changes_or_it_goes_with_a_sentence():
    group = Experiment.of_query({"twin": "router:dense;k:6,renormalize:true;balance_coefficient:1"})
    with_balancing = group.changed("balancer", "loss_free")
    assert with_balancing.members == ({"router": "dense"}, {"k": 6, "renormalize": True})
    assert with_balancing.others[0]["balancer"] == "none"
    (problem,) = with_balancing.problems
    assert problem.startswith("twin = balance_coefficient:1.0 was refused: of balance_coefficient, it has no meaning")
    fewer = group.changed("num_experts", 4)
    assert fewer.members == ({"router": "dense"}, {"balance_coefficient": 1.0})
    assert fewer.problems == (
        "twin = k:6,renormalize:true was refused: of k, it is at most the number of experts, which is 4.",
    )


def test_one_of_several_is_taken_away_and_the_others_stay():
    group = Experiment.of_query({"twin": "k:2;k:3;k:4"})
    assert group.without(2).members == ({"k": 2}, {"k": 4})
    assert group.without(1).without(2).members == ({"k": 3},)
    assert group.alone().members == ()


def test_a_change_may_give_each_member_other_values():
    group = Experiment.of_query({"twin": "balance_coefficient:1;learning_rate:0.1,k:2"})
    after = group.merged({"temperature": 2.0}, [{}, {"learning_rate": 0.05, "temperature": 3.0}])
    assert after.members == ({"balance_coefficient": 1.0}, {"learning_rate": 0.05, "k": 2})


def test_a_cure_is_given_to_the_run_alone_and_the_copy_keeps_what_it_had():
    cures = ("balance_coefficient", "input_jitter")
    query = {"router": "switch", "balance_coefficient": "0", "twin": "balance_coefficient:0.1"}
    group = Experiment.of_query(query)
    jittered = group.treated({"balance_coefficient": 0.0, "input_jitter": 1.0}, cures)
    assert jittered.members == ({"balance_coefficient": 0.1, "input_jitter": 0.0},)
    balanced = jittered.treated({"balance_coefficient": 1.0, "input_jitter": 0.0}, cures)
    assert balanced.config.settings()["input_jitter"] == 0.0
    assert balanced.members == ({"balance_coefficient": 0.1},)
    assert balanced.treated({"balance_coefficient": 0.1}, cures).members == ({"balance_coefficient": 0.1},)
    assert jittered.treated({"balance_coefficient": 0.0, "input_jitter": 0.0}, cures) == group


def test_a_member_is_named_as_over_its_column():
    assert name_of({"learning_rate": 0.05}) == "Learning rate 0.05"
    assert name_of({"balance_coefficient": 1.0, "renormalize": True}) == "Balance coefficient 1, Renormalise gates on"
