"""Whatever a person gives: what comes out is a valid run, and every refusal is a sentence that names its field."""

import json
from typing import Any
from urllib.parse import parse_qsl, urlencode

from hypothesis import given, settings
from hypothesis import strategies as st

from moe_core.config import TABLE, RunConfig, cost
from moe_core.config.cost import MAX_BYTES, MAX_FLOPS
from moe_core.config.drawing import DIGITS
from moe_core.config.problem import Problem
from moe_core.config.table import Setting

Change = dict[str, Any]

anything = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.floats(),
    st.text(max_size=20),
    st.binary(max_size=5),
    st.lists(st.integers(), max_size=2),
    st.dictionaries(st.text(max_size=3), st.integers(), max_size=2),
    st.sampled_from(
        [10**30, -(10**30), "1e999", "NaN", "inf", "１", "0x10", " 3 ", "true", "None", "switch_loss+none"]
    ),
)
"""Values of every type that JSON, a URL, TOML or a program could hold."""

points = st.lists(
    st.tuples(st.text(DIGITS, min_size=4, max_size=4), st.sampled_from("01234567")), min_size=2, max_size=9
)


def good(row: Setting) -> st.SearchStrategy[Any]:
    """Values that a setting takes by itself."""
    if row.several:
        return st.lists(st.sampled_from(row.choices[1:]), min_size=1, unique=True).map("+".join)
    if row.choices:
        return st.sampled_from(row.choices)
    if row.kind is bool:
        return st.booleans()
    if row.kind is str:
        return points.map(lambda drawn: "".join(a + b for a, b in drawn)) if row.name == "points" else st.just("")
    assert row.low is not None
    assert row.high is not None
    if row.kind is int:
        return st.integers(int(row.low), int(row.high))
    return st.floats(row.low, row.high)


good_values = {name: good(row) for name, row in TABLE.items()}

wild: st.SearchStrategy[Change] = st.dictionaries(
    st.one_of(st.sampled_from(list(TABLE)), st.text(max_size=20)), anything
)
"""Settings and what looks like some, with any value."""

mild: st.SearchStrategy[Change] = st.fixed_dictionaries({}, optional=good_values)
"""Each value is allowed by itself. Together they may break a rule, or have no meaning."""

mixed: st.SearchStrategy[Change] = st.builds(lambda one, other: one | other, mild, wild)

runs: st.SearchStrategy[RunConfig] = mild.map(lambda change: RunConfig().merge(change)[0])
"""Every kind of valid run."""


def check_told(change: Change, problems: tuple[Problem, ...]) -> None:
    """Each problem is one of what was asked for, told once, in one sentence that is not too long to be read."""
    fields = [problem.field for problem in problems]
    assert len(set(fields)) == len(fields)
    for problem in problems:
        assert problem.field in change
        sentence = str(problem)
        assert sentence.startswith(f"{problem.field[:40]}")
        assert " was refused: " in sentence
        assert sentence.endswith(".")
        assert not sentence.endswith("..")
        assert len(sentence) < 1000


def check_valid(config: RunConfig) -> None:
    """It is what its own validation makes of it, it is within the bounds, and its flat form gives it back exactly."""
    assert RunConfig.model_validate(config.model_dump()) == config
    assert config.router.most_chosen(config.model.num_experts) <= config.model.num_experts
    price = cost(config)
    assert price.bytes <= MAX_BYTES
    assert price.flops <= MAX_FLOPS
    flat = config.settings()
    assert RunConfig.from_settings(flat) == config
    assert RunConfig.from_settings(flat).settings() == flat


@given(runs, mixed)
def test_any_change_of_any_run_gives_a_valid_run_and_a_sentence_for_each_refusal(
    start: RunConfig, change: Change
) -> None:
    config, problems = start.merge(change)
    check_told(change, problems)
    check_valid(config)


@given(runs, wild)
def test_what_was_not_refused_is_done_and_nothing_else_is(start: RunConfig, change: Change) -> None:
    """The refused settings may as well not have been asked for, and what was taken is read as the table reads it."""
    config, problems = start.merge(change)
    refused = {field for problem in problems for field in problem.fields}
    accepted = {name: value for name, value in change.items() if name not in refused}
    assert start.merge(accepted) == (config, ())
    flat = config.settings()
    assert {name: flat[name] for name in accepted} == {
        name: TABLE[name].parse(value) for name, value in accepted.items()
    }


@given(runs)
def test_a_run_comes_back_from_json_and_from_the_texts_of_a_url(config: RunConfig) -> None:
    flat = config.settings()
    assert RunConfig.from_settings(json.loads(json.dumps(flat, allow_nan=False))) == config
    assert RunConfig.from_settings({name: str(value) for name, value in flat.items()}) == config
    assert RunConfig.from_settings(dict(parse_qsl(urlencode(flat), keep_blank_values=True))) == config
    assert RunConfig.model_validate_json(config.model_dump_json()) == config


@given(runs, runs)
def test_from_any_run_to_any_other(start: RunConfig, goal: RunConfig) -> None:
    """All settings of a valid run, given at once, are that run wherever one comes from."""
    assert start.merge(goal.settings()) == (goal, ())


@given(runs, runs)
def test_differences_are_what_has_to_be_changed(one: RunConfig, other: RunConfig) -> None:
    names = one.differences(other)
    assert set(names) == set(other.differences(one))
    assert (names == ()) == (one == other)
    flat = other.settings()
    kept = {name: value for name, value in one.settings().items() if name in flat and name not in names}
    assert kept.items() <= flat.items()


@given(runs, mild)
def test_the_order_in_which_settings_are_given_does_not_matter(start: RunConfig, change: Change) -> None:
    backwards = dict(reversed(change.items()))
    (one, problems), (other, others) = start.merge(change), start.merge(backwards)
    assert one == other
    assert {str(problem) for problem in problems} == {str(problem) for problem in others}


@settings(max_examples=20)
@given(st.text(), st.one_of(anything, st.text(min_size=1000)))
def test_a_sentence_about_anything_is_short(name: str, value: object) -> None:
    _, problems = RunConfig().merge({name: value, "router": value, "balancer": value, "points": value, "k": value})
    assert all(len(str(problem)) < 1000 for problem in problems)
