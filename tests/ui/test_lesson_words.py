"""The words of every lesson are complete."""

import pytest

from moe_core.config.lesson import NAMES, OPENING, load
from ui.lesson_words import words_of
from ui.question import question_of


@pytest.mark.parametrize("name", NAMES)
def test_every_variation_has_its_words_and_no_other_has(name: str):
    assert set(words_of(name).tries) == set(load(name).tries)


@pytest.mark.parametrize("name", NAMES)
def test_a_question_has_one_right_answer_and_replies_to_each_in_its_own_words(name: str):
    checks = words_of(name).checks
    assert 1 <= len(checks) <= 2
    for asked in checks:
        assert sum(answer.right for answer in asked.answers) == 1
        replies = [answer.reply for answer in asked.answers]
        assert len(replies) == len(set(replies)) >= 3
        assert all(reply.endswith(".") for reply in replies)


def test_what_the_browser_gets_has_a_range_for_each_choice_and_what_was_measured():
    question = question_of("collapse")
    assert [choice["label"] for choice in question["choices"]] == ["1 to 3", "3 to 6", "6 to 8"]
    assert question["choices"][0]["range"] == (1.0, 3.0)
    assert question["measured"]["seeds"] == 20


def test_home_asks_of_two_curves_without_ranges():
    question = question_of(OPENING)
    assert all(choice["range"] is None for choice in question["choices"])
    assert "{plain_test_score}" in question["reveal"]
    assert question["measured"] is None, "a range over seeds is of one number, and two are asked for"
