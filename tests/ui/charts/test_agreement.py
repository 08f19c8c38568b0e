"""Agreement of experts and labels, beside what chance gives."""

import math

import pytest

from tests.ui.charts.vega import values_of
from ui.charts.agreement import agreements, figure
from ui.charts.theme import LIGHT

NOW = {"expert_class_nmi": 0.5, "expert_class_purity": 0.75, "expert_class_dispatch_entropy": 0.2}
FIRST = {"expert_class_nmi": 0.1, "expert_class_purity": 0.5, "expert_class_dispatch_entropy": None}


def test_each_measure_stands_beside_the_untrained_one_and_under_the_most_it_can_be():
    nmi, purity, entropy = agreements("class", NOW, FIRST, [[10, 0], [0, 10]])
    assert (nmi.now, nmi.untrained, nmi.most) == (0.5, 0.1, 1.0)
    assert (purity.now, purity.untrained, purity.most) == (0.75, 0.5, 1.0)
    assert (entropy.now, entropy.untrained) == (0.2, None)
    assert entropy.most == pytest.approx(math.log(2))


def test_places_are_shares_of_the_most():
    taken = agreements("class", NOW, FIRST, [[10, 0], [0, 10]])
    values = values_of(figure(taken, LIGHT))
    assert [value["end"] for value in values] == pytest.approx([0.5, 0.75, 0.2 / math.log(2)])
    assert [value["start"] for value in values] == [0.1, 0.5, None]


def test_data_of_one_label_has_no_most_and_no_place():
    *_, entropy = agreements("class", NOW, FIRST, [[10], [5]])
    assert entropy.most == 0
    assert values_of(figure([entropy], LIGHT))[0]["end"] is None
