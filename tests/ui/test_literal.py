"""Text from outside stays text."""

from ui.literal import literal


def test_markup_is_escaped():
    assert literal("![](//x.example/a.png)") == r"\!\[\]\(//x\.example/a\.png\)"
    assert literal("[free](https://x.example)") == r"\[free\]\(https\://x\.example\)"


def test_plain_words_stay():
    assert literal("it is true or false") == "it is true or false"
