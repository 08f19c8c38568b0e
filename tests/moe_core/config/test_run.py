"""A run's configuration and its flat form: what is good is kept, what is bad is named."""

import json
import subprocess
import sys
import time
import tracemalloc
from urllib.parse import parse_qsl, urlencode

import pytest

from moe_core.config import LIVE_FIELDS, SECTIONS, ConfigError, RunConfig, presets
from tests.moe_core.cases import every_choice
from tests.source_tree import ROOT


def merged(settings: dict[str, object]) -> tuple[dict[str, object], list[str]]:
    """The settings that come out, and the sentences."""
    config, problems = RunConfig().merge(settings)
    return config.settings(), [str(problem) for problem in problems]


def changed(settings: dict[str, object]) -> dict[str, object]:
    """What differs from the defaults, where the default has the setting at all."""
    defaults = RunConfig().settings()
    return {name: value for name, value in settings.items() if defaults.get(name) != value}


@pytest.mark.parametrize("name", presets.NAMES)
def test_the_flat_form_of_a_preset_comes_back_as_the_preset(name: str) -> None:
    config = presets.load(name).config
    assert RunConfig.from_settings(config.settings()) == config
    as_text = {field: str(value) for field, value in config.settings().items()}
    assert RunConfig.from_settings(as_text) == config


@pytest.mark.parametrize("settings", every_choice(), ids=str)
def test_the_flat_form_of_every_variant_comes_back(settings: dict[str, object]) -> None:
    """As it is, as JSON, and as the texts of a URL."""
    config = RunConfig.from_settings(settings)
    flat = config.settings()
    assert settings.items() <= flat.items()
    assert RunConfig.from_settings(flat) == config
    assert RunConfig.from_settings(json.loads(json.dumps(flat))) == config
    assert RunConfig.from_settings(dict(parse_qsl(urlencode(flat)))) == config


@pytest.mark.parametrize("settings", every_choice(), ids=str)
def test_a_configuration_comes_back_from_its_own_json(settings: dict[str, object]) -> None:
    config = RunConfig.from_settings(settings)
    assert RunConfig.model_validate_json(config.model_dump_json()) == config


def test_the_flat_form_has_the_settings_of_every_section_in_order() -> None:
    config = RunConfig()
    names = [name for section in SECTIONS for name in type(getattr(config, section)).model_fields]
    assert list(config.settings()) == names


def test_differences_names_what_differs() -> None:
    one = RunConfig.from_settings({"router": "top_k", "k": 2})
    assert one.differences(one) == ()
    assert one.differences(RunConfig.from_settings({"seed": 1, "learning_rate": 0.5})) == ("learning_rate", "seed")
    # A setting that only one of the two has differs too.
    switch = RunConfig.from_settings({"router": "switch"})
    assert set(one.differences(switch)) == {"router", "k", "renormalize", "input_jitter"}


def test_an_unknown_setting_is_answered_with_the_nearest_and_the_rest_is_kept() -> None:
    settings, (sentence,) = merged({"learnin_rate": 0.5, "seed": 3})
    assert sentence.startswith("learnin_rate = 0.5 was refused: no such setting; the nearest are learning_rate, ")
    assert changed(settings) == {"seed": 3}


def test_a_name_that_is_like_none_is_answered_without_a_guess() -> None:
    assert merged({"colour": "red"})[1] == ["colour = red was refused: no such setting."]


@pytest.mark.parametrize(
    ("settings", "sentence"),
    [
        ({"k": 99}, "k = 99 was refused: it is at most the number of experts, which is 8."),
        ({"k": 99, "num_experts": 4}, "k = 99 was refused: it is at most the number of experts, which is 4."),
        (
            {"k": 0},
            "k = 0 was refused: it is a whole number from 1 to 64, and here it is at most the number of experts, "
            "which is 8.",
        ),
        ({"k": 65, "num_experts": 64}, "k = 65 was refused: it is a whole number from 1 to 64."),
    ],
    ids=str,
)
def test_a_number_out_of_bounds_is_answered_with_the_bound_that_holds(
    settings: dict[str, object], sentence: str
) -> None:
    assert merged(settings)[1] == [sentence]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("num_experts", "many"),
        ("num_experts", 0),
        ("num_experts", 65),
        ("learning_rate", float("nan")),
        ("learning_rate", float("inf")),
        ("batch_size", 1e9),
        ("renormalize", "perhaps"),
        ("router", "topk"),
        ("task", ["rules"]),
        ("momentum", 0.5),
        ("expert", "convolution"),
        ("optimizer", "lion"),
        ("activation", "step"),
        ("<b>bold</b>", 1),
    ],
)
def test_a_bad_value_is_named_and_the_rest_is_kept(field: str, value: object) -> None:
    """A wrong type, a value out of bounds, no number at all, no such choice, no meaning in this run, no such field."""
    settings, (sentence,) = merged({field: value, "seed": 3, "d_hidden": 32})
    assert sentence.startswith(f"{field} = {value} was refused: ")
    assert sentence.endswith(".")
    assert changed(settings) == {"seed": 3, "d_hidden": 32}


def test_a_setting_that_the_chosen_variant_does_not_have_has_no_meaning() -> None:
    settings, sentences = merged({"router": "switch", "k": 1, "balancer": "none", "balance_coefficient": 0.5})
    assert sentences == [
        "k = 1 was refused: it has no meaning when router is switch.",
        "balance_coefficient = 0.5 was refused: it has no meaning when balancer is none.",
    ]
    assert (settings["router"], settings["balancer"]) == ("switch", "none")


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        RunConfig.from_settings({"colour": "red", "k": 0, "learning_rate": -1})
    assert [problem.field for problem in caught.value.problems] == ["colour", "k", "learning_rate"]
    assert isinstance(caught.value, ValueError)


def test_long_names_and_values_are_cut_short_in_what_is_said() -> None:
    _, sentences = merged({"x" * 100_000: 1, "seed": "9" * 100_000, "balancer": "x" * 100_000, "points": "x" * 100_000})
    assert all(len(sentence) < 1000 for sentence in sentences)


def test_a_configuration_cannot_be_built_around_the_rules() -> None:
    with pytest.raises(ValueError, match="k = 3 was refused"):
        RunConfig.model_validate({"model": {"num_experts": 2}, "router": {"router": "top_k", "k": 3}})


def test_a_million_experts_are_refused_at_once_and_nothing_is_allocated() -> None:
    RunConfig().merge({"num_experts": "1000000"})
    tracemalloc.start()
    try:
        began = time.process_time()
        settings, (sentence,) = merged({"num_experts": "1000000", "seed": "3"})
        elapsed = time.process_time() - began
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert sentence == "num_experts = 1000000 was refused: it is a whole number from 1 to 64."
    assert changed(settings) == {"seed": 3}
    assert elapsed < 0.05
    assert peak < 1_000_000


def test_live_changes_keep_every_other_setting() -> None:
    """Those that the default run has."""
    values = {"learning_rate": 0.5, "router_rate_factor": 0.5, "baseline_learning_rate": 0.5, "batch_size": 64}
    values |= {"stop_after": 100, "plateau_steps": 50, "k": 3, "temperature": 2.0, "balance_coefficient": 2.0}
    assert set(values) == LIVE_FIELDS & set(RunConfig().settings())
    for count in (1, len(values)):
        some = dict(list(values.items())[:count])
        after, problems = RunConfig().merge(some)
        assert problems == ()
        assert set(RunConfig().differences(after)) == set(some)


def test_configurations_do_not_load_torch() -> None:
    """In a process of its own: the import, every preset and a check. Neither torch nor what brings it is loaded."""
    script = (
        "import sys\n"
        "from moe_core.config import RunConfig, cost, presets\n"
        "for name in presets.NAMES: cost(presets.load(name).config)\n"
        "RunConfig().merge({'num_experts': 10**6})\n"
        "print([name for name in ('torch', 'sklearn', 'safetensors', 'streamlit') if name in sys.modules])\n"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
