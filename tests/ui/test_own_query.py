"""A page with an experiment of its own: its address says only what differs, and a broken one is told of."""

import pytest

from ui.lesson import LessonPage, own_query
from ui.own_query import NOTHING_OWN, OPENED, OwnQuery

OWN = LessonPage("collapse").own


def test_a_bare_address_is_the_experiment_of_the_page():
    experiment = OWN.read({})
    assert not experiment.problems
    assert experiment.config.training.seed == 3
    assert experiment.others == [{"balance_coefficient": 0.1}]
    assert OWN.written(experiment) == {}


@pytest.mark.parametrize(
    ("query", "own"),
    [
        ({"balance_coefficient": "1.0"}, OWN),
        ({"seed": "0"}, OWN),
        ({"twin": ""}, OWN),
        ({"twin": "learning_rate:0.1", "learning_rate": "0.02"}, OWN),
        ({"preset": "collapse", "twin": "balance_coefficient:1.0"}, OWN),
        ({"preset": "specialists"}, OWN),
        ({"preset": "collapse", "seed": "4"}, NOTHING_OWN),
        ({}, NOTHING_OWN),
    ],
)
def test_what_is_written_reads_back_and_is_as_short(query: dict[str, str], own: OwnQuery):
    experiment = own.read(query)
    assert not experiment.problems
    assert own.written(experiment) == query
    assert own.read(own.written(experiment)) == experiment


def test_what_another_router_lacks_is_no_obstacle():
    experiment = OWN.read({}).changed("balancer", "none")
    assert OWN.read(OWN.written(experiment)).config == experiment.config


@pytest.mark.parametrize("query", [{"seed": "-1", "learning_rate": "0.02"}, {"twin": "seed:2"}, {"preset": "collaps"}])
def test_a_broken_link_opens_the_page_with_its_own_settings_and_says_what_was_wrong(query: dict[str, str]):
    experiment = OWN.read(query)
    assert experiment.config == OWN.experiment.config
    assert experiment.others == OWN.experiment.others
    assert " was refused: " in experiment.problems[0]
    assert experiment.problems[-1] == OPENED


def test_members_are_written_as_an_address_has_them():
    fields = own_query("collapse", {"renormalize": True}, ({"k": 2, "seed": 1}, {"k": 3})).fields
    assert fields == {"preset": "collapse", "renormalize": "true", "twin": "k:2,seed:1;k:3"}
