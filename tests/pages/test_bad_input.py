"""What no router and no capacity can do: an address that asks for it gets one plain sentence, and the page stays."""

import pytest

from tests.pages.opened import playground


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"k": "9"}, "k = 9 was refused: it is at most the number of experts, which is 8."),
        ({"k": "99"}, "k = 99 was refused: it is at most the number of experts, which is 8."),
        (
            {"router": "group_limited", "num_groups": "3"},
            "num_groups = 3 was refused: it divides the number of experts, which is 8.",
        ),
        (
            {"capacity": "limited", "train_capacity_factor": "0"},
            "train_capacity_factor = 0 was refused: it is a number from 0.01 to 64, of which the slider has 0.1 to 8.",
        ),
    ],
    ids=[
        "more experts than there are",
        "more than there can ever be",
        "groups that do not divide them",
        "a capacity that drops everything",
    ],
)
def test_an_address_that_makes_no_sense_is_one_sentence(query, sentence):
    app = playground(**query)
    assert not app.exception
    assert [warning.value.replace("\\", "") for warning in app.warning] == [sentence]
