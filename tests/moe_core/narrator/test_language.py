"""Sentences: every rule has one, it prints every threshold, and it reads well."""

import re
import string
from dataclasses import replace

import pytest

from moe_core.narrator import RULES, narrate
from moe_core.narrator.language import listed, number, sentences
from moe_core.narrator.remark import Remark
from tests.moe_core.narrator.boundaries import BOUNDARIES
from tests.moe_core.narrator.stories import QUIET_LOAD, changed, story

REMARKS = [
    *(remark for boundary in BOUNDARIES for remark in narrate(boundary.inside)),
    *narrate(story(300, (0.6, 0.4, 0.0, 0.0))),
    *narrate(changed(story(100, QUIET_LOAD), from_step=50, load=(0.6, 0.4, 0.0, 0.0))),
    *narrate(changed(story(300, (0.6, 0.4, 0.0, 0.0)), from_step=250, load=QUIET_LOAD)),
]


def templates() -> list[tuple[str, str, str]]:
    """Every rule, form and sentence of the English file."""
    content = sentences("en")
    return [(rule, form, text) for rule in content if rule != "words" for form, text in content[rule].items()]


def placeholders(template: str) -> set[str]:
    return {name for _, name, _, _ in string.Formatter().parse(template) if name}


def test_rules_and_sentences_have_the_same_names_in_the_same_order() -> None:
    assert [name for name in sentences("en") if name != "words"] == list(RULES)


@pytest.mark.parametrize(("rule", "form", "template"), templates(), ids=lambda part: part[:20])
def test_a_sentence_asks_for_every_threshold_of_its_rule(rule: str, form: str, template: str) -> None:
    assert set(RULES[rule].thresholds) <= placeholders(template)
    assert ("experts" in placeholders(template)) == (form in {"one", "many"})


def test_every_form_of_every_sentence_is_tried_below() -> None:
    """But the busiest of many: two experts cannot both have more than half."""
    forms = {(remark.rule, ("text", "one", "many")[min(len(remark.experts), 2)]) for remark in REMARKS}
    assert forms == {(rule, form) for rule, form, _ in templates()}


@pytest.mark.parametrize("remark", REMARKS, ids=lambda remark: remark.rule)
def test_a_sentence_is_whole(remark: Remark) -> None:
    sentence = remark.sentence()
    assert re.fullmatch(r"[A-Z][^{}]*[^ .]\.", sentence)
    assert "nan" not in re.findall(r"\w+", sentence)
    numbers = re.findall(r"\d+(?:\.\d+)?", sentence)
    for threshold in RULES[remark.rule].thresholds.values():
        assert {number(threshold.value), number(100 * threshold.value)} & set(numbers)


@pytest.mark.parametrize("remark", REMARKS, ids=lambda remark: remark.rule)
def test_no_value_of_a_remark_is_left_unsaid(remark: Remark) -> None:
    form = ("text", "one", "many")[min(len(remark.experts), 2)]
    content = sentences("en")
    words = [content["words"][value] for value in remark.values.values() if isinstance(value, str)]
    assert set(remark.values) == set().union(*map(placeholders, [content[remark.rule][form], *words])) - {"experts"}


def test_experts_are_numbered_from_one() -> None:
    (remark,) = narrate(story(240, (0.5, 0.3, 0.196, 0.004)))
    assert remark.experts == (3,)
    assert remark.sentence() == (
        "Expert 4 is dead: load 0.4% now, under 10% of its fair share of 25.0% for 240 steps; dead means under it "
        "for at least 200 steps, idle means for fewer."
    )


def test_a_rival_that_learns_at_another_rate_is_compared_with_both_rates_named() -> None:
    even = story(300, test_score=0.5, plain_test_score=0.8)
    (alike,), (apart,) = (narrate(replace(even, rates=rates)) for rates in ((0.02, 0.02), (0.5, 0.02)))
    assert alike.sentence() == narrate(even)[0].sentence()
    assert apart.sentence() == alike.sentence().replace("compute:", "compute (learning rate 0.5 against 0.02):")
    assert apart.sentence() != alike.sentence()


def test_several_experts_share_a_sentence() -> None:
    (remark,) = (remark for remark in narrate(story(300, (0.4, 0, 0.36, 0.24, 0, 0.0, 0.0))) if remark.rule == "dead")
    assert remark.sentence() == (
        "Experts 2, 5, 6 and 7 are dead: load at most 0.0% now, under 10% of their fair share of 14.3% for 300 steps "
        "or more; dead means under it for at least 200 steps, idle means for fewer."
    )


def test_of_many_experts_the_first_are_named_and_the_others_counted() -> None:
    (remark,) = (remark for remark in narrate(story(300, (1.0, *[0.0] * 39))) if remark.rule == "dead")
    assert remark.sentence().startswith("Experts 2, 3, 4, 5, 6, 7, 8, 9 and 31 others are dead: ")
    (remark,) = (remark for remark in narrate(story(300, (1.0, *[0.0] * 9))) if remark.rule == "dead")
    assert remark.sentence().startswith("Experts 2, 3, 4, 5, 6, 7, 8, 9 and 10 are dead: ")


def test_a_score_is_called_by_its_name() -> None:
    (remark,) = narrate(story(100, score_name="variance explained", chance=0.0, test_score=-0.25))
    assert remark.sentence() == (
        "The mixture does no better than guessing: variance explained -25.0% on average over the last 100 steps, where "
        "guessing gives 0.0%; better means by at least 2 points over at least 100 steps."
    )


@pytest.mark.parametrize(
    ("items", "text"), [([], ""), (["2"], "2"), (["2", "5"], "2 and 5"), (["2", "5", "7"], "2, 5 and 7")]
)
def test_lists_read_well(items: list[str], text: str) -> None:
    assert listed(items, "and") == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (12345, "12,345"),
        (0.0, "0"),
        (0.1, "0.1"),
        (0.97349, "0.973"),
        (1 / 3, "0.333"),
        (0.0000123, "0.0000123"),
        (1.0, "1"),
        (12.345, "12.3"),
        (-0.5, "-0.5"),
        (99.97, "100"),
        (1234.5678, "1,235"),
    ],
)
def test_numbers_have_sensible_digits(value: float, text: str) -> None:
    assert number(value) == text


def test_an_unknown_language_is_refused_with_those_there_are() -> None:
    (remark,) = narrate(story(200, (0.5, 0.3, 0.2, 0.0)))
    with pytest.raises(ValueError, match=r"^language = xx was refused: there are sentences in en[a-z, ]*\.$"):
        remark.sentence("xx")
