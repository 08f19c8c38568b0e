"""Tables of numbers are Markdown."""

from ui.number_table import number_table, percent, span


def test_a_table_has_words_on_the_left_and_numbers_on_the_right():
    table = number_table(["who", "how many"], [["left", span({"low": 1.04, "high": 2.55})], ["right", percent(0.5)]])
    assert table == "| who | how many |\n| :-- | --: |\n| left | 1.0 to 2.5 |\n| right | 50.0% |"
