"""The one table of settings: every row says what a person needs, and refuses what it must."""

import dataclasses
import math

import pytest

from moe_core.config import LIVE_FIELDS, SECTIONS, TABLE, ConfigError
from moe_core.config.table import Setting

every_setting = pytest.mark.parametrize("row", TABLE.values(), ids=TABLE.keys())
numbers = [row for row in TABLE.values() if row.kind in (int, float)]
every_number = pytest.mark.parametrize("row", numbers, ids=lambda row: row.name)


def refused(row: Setting, value: object) -> str:
    """The sentence that refuses the value. It names the setting."""
    with pytest.raises(ConfigError) as caught:
        row.parse(value)
    (problem,) = caught.value.problems
    assert problem.field == row.name
    assert str(problem).startswith(f"{row.name} = ")
    return problem.allowed


@every_setting
def test_every_setting_has_a_label_and_help(row: Setting) -> None:
    assert row.label
    assert row.label[0].isupper()
    assert row.help.endswith(".")


@every_setting
def test_every_default_is_allowed(row: Setting) -> None:
    assert row.parse(row.default) == row.default


@every_setting
def test_every_setting_says_what_is_allowed(row: Setting) -> None:
    assert row.allowed.startswith("it is ")
    for choice in row.choices:
        assert choice in row.allowed


@every_number
def test_every_number_is_bounded_and_its_bounds_are_allowed(row: Setting) -> None:
    assert row.low is not None
    assert row.high is not None
    assert math.isfinite(row.low)
    assert math.isfinite(row.high)
    assert row.parse(row.low) == row.low
    assert row.parse(row.high) == row.high
    if row.slider:
        assert row.low <= row.slider[0] < row.slider[1] <= row.high


@every_number
@pytest.mark.parametrize("value", [math.nan, math.inf, -math.inf, "nan", "inf", "-Infinity", "1e999"])
def test_nan_and_infinity_are_refused(row: Setting, value: object) -> None:
    assert refused(row, value) == row.allowed


@every_number
def test_values_past_the_bounds_are_refused(row: Setting) -> None:
    assert row.low is not None
    assert row.high is not None
    for value in (row.low - 1, row.high + 1, math.nextafter(row.high, math.inf), -1e300, 10**30):
        assert refused(row, value) == row.allowed


@every_number
@pytest.mark.parametrize("value", ["many", "", None, [1], {}, True, False, "0x8", "1,5"])
def test_what_is_no_number_is_refused(row: Setting, value: object) -> None:
    refused(row, value)


@pytest.mark.parametrize("row", [row for row in numbers if row.kind is int], ids=lambda row: row.name)
def test_a_fraction_is_no_whole_number(row: Setting) -> None:
    assert "a whole number" in refused(row, 1.5)
    refused(row, "1.5")


@pytest.mark.parametrize("row", [row for row in TABLE.values() if row.kind is bool], ids=lambda row: row.name)
def test_switches_are_true_or_false(row: Setting) -> None:
    """As a URL or a flag writes them, and as JSON does."""
    assert [row.parse(value) for value in ("true", "false", True, False)] == [True, False, True, False]
    bad: tuple[object, ...] = ("maybe", "", 2, None, [])
    for value in bad:
        assert refused(row, value) == "it is true or false"


@pytest.mark.parametrize("row", [row for row in TABLE.values() if row.choices], ids=lambda row: row.name)
def test_an_unknown_choice_is_answered_with_the_nearest(row: Setting) -> None:
    nearest = row.choices[0]
    sentence = refused(row, nearest + "q")
    assert f"did you mean {nearest}?" in sentence
    assert all(choice in sentence for choice in row.choices)
    for value in (None, 3, ["a"], ""):
        refused(row, value)


@every_number
def test_numbers_are_read_as_a_url_writes_them(row: Setting) -> None:
    assert row.parse(str(row.default)) == row.default
    assert type(row.parse(str(row.default))) is row.kind


def test_the_knobs_of_a_running_model() -> None:
    """Everything else restarts the run."""
    rates = {"learning_rate", "router_rate_factor", "baseline_learning_rate", "weight_decay", "momentum"}
    choosing = {"k", "temperature", "router_noise", "input_jitter", "second_threshold"}
    choosing |= {"groups_kept", "routed_scaling", "choice_factor"}
    balancing = {"balance_coefficient", "importance_coefficient", "load_coefficient", "z_coefficient", "bias_rate"}
    balancing |= {"sequence_coefficient", "sequence_length"}
    varying = {"p", "target_k", "information_coefficient", "entropy_coefficient"}
    capacity = {"train_capacity_factor", "test_capacity_factor"}
    assert (
        rates | varying | capacity | choosing | balancing | {"batch_size", "stop_after", "plateau_steps"} == LIVE_FIELDS
    )


@pytest.mark.parametrize("section", ["task", "expert", "router", "balancer", "optimizer"])
def test_a_choice_tells_of_each_of_its_variants(section: str) -> None:
    """Each by its title and in one sentence, when it is the one that is chosen, or one of several."""
    row = TABLE[section]
    assert [variant.model_fields[section].default for variant in SECTIONS[section]] == list(row.choices)
    for variant, choice in zip(SECTIONS[section], row.choices, strict=True):
        idea = f"{row.title(choice)}: {(variant.__doc__ or '').splitlines()[0]}"
        assert row.told(choice) == f"{row.help} {idea}"
    if row.several:
        both = row.choices[1:3]
        assert all(row.told(choice).removeprefix(row.help) in row.told("+".join(both)) for choice in both)


def test_a_choice_is_called_by_its_title() -> None:
    assert TABLE["router"].title("noisy_top_k") == "Noisy top-k"
    assert TABLE["balancer"].title("switch_loss+z_loss") == "Switch loss + Router z-loss"
    assert TABLE["activation"].title("relu") == "relu"
    assert TABLE["seed"].title(7) == "7"


@pytest.mark.parametrize("section", ["task", "expert", "router", "balancer", "optimizer"])
def test_titles_are_told_apart(section: str) -> None:
    assert len(set(TABLE[section].titles)) == len(TABLE[section].choices)


def test_only_balancers_add_up() -> None:
    assert [row.name for row in TABLE.values() if row.several] == ["balancer"]
    assert TABLE["balancer"].parse("z_loss+switch_loss") == "switch_loss+z_loss"
    assert refused(TABLE["router"], "top_k+switch").startswith("no such router; ")


texts = [row for row in TABLE.values() if row.kind is str and not row.choices]


def test_the_texts_are_a_drawing_and_a_tables_digest() -> None:
    assert [row.name for row in texts] == ["points", "table"]


@pytest.mark.parametrize("row", texts, ids=lambda row: row.name)
@pytest.mark.parametrize(
    "value", ["?", "0123456789abcdeg", "0123456789ABCDEF", "0" * 14, "0" * 16 + "\n", None, 3, True, []]
)
def test_a_text_that_does_not_match_is_refused(row: Setting, value: object) -> None:
    assert refused(row, value) == row.allowed


def test_texts_that_match_are_taken_as_they_are() -> None:
    assert TABLE["table"].parse("0123456789abcdef") == "0123456789abcdef"
    assert TABLE["points"].parse("0000000001") == "0000000001"


@pytest.mark.parametrize("name", ["k", "noise", "num_train", "router_bias", "temperature", "d_hidden"])
def test_a_setting_that_several_variants_have_is_one_row(name: str) -> None:
    """With one label, one help and the same bounds. Only the default may be another."""
    row = TABLE[name]
    for variant in SECTIONS[row.section]:
        if name in variant.model_fields:
            field = variant.model_fields[name]
            assert field.description == row.help
            assert row.parse(field.default) == field.default


def test_the_table_holds_every_field_of_every_variant() -> None:
    fields = {name for variants in SECTIONS.values() for variant in variants for name in variant.model_fields}
    assert fields == set(TABLE)


def test_rows_cannot_be_changed() -> None:
    with pytest.raises(dataclasses.FrozenInstanceError):
        TABLE["seed"].high = 10**9  # type: ignore[misc]
