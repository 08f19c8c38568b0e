"""Parts of the data have names that no expert has."""

from ui.part_names import part_names


def test_parts_are_lettered_in_their_order_and_each_name_is_its_own():
    assert part_names(8) == list("ABCDEFGH")
    assert part_names(0) == []
    assert part_names(28)[24:] == ["Y", "Z", "A2", "B2"]
    assert len(set(part_names(80))) == 80
