"""Tables of numbers are Markdown."""

from ui.number_table import number_table, percent, span


def test_a_table_has_words_on_the_left_and_numbers_on_the_right():
    table = number_table(["who", "how many"], [["left", span({"low": 1.04, "high": 2.55})], ["right", percent(0.5)]])
    assert table == "| who | how many |\n| :-- | --: |\n| left | 1.0 to 2.5 |\n| right | 50.0% |"


def test_a_range_whose_ends_are_printed_alike_is_one_number():
    assert span({"low": 1.01, "high": 0.99}) == "1.0"
    assert span({"low": -0.12, "high": 0.1}, 2) == "\N{MINUS SIGN}0.12 to 0.10"
