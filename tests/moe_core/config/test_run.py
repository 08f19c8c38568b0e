"""A run's configuration and its flat form: what is good is kept, what is bad is named."""

import subprocess
import sys
import time
import tracemalloc

import pytest

from moe_core.config import LIVE_FIELDS, SECTIONS, TABLE, ConfigError, RunConfig, presets
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


@pytest.mark.parametrize("section", [name for name, variants in SECTIONS.items() if len(variants) > 1])
def test_the_flat_form_of_every_variant_comes_back(section: str) -> None:
    for choice in TABLE[section].choices:
        config = RunConfig.from_settings({section: choice})
        assert config.settings()[section] == choice
        assert RunConfig.from_settings(config.settings()) == config


def test_differences_names_what_differs() -> None:
    one = RunConfig.from_settings({"router": "top_k", "k": 2})
    assert one.differences(one) == ()
    assert one.differences(RunConfig.from_settings({"seed": 1, "learning_rate": 0.5})) == ("learning_rate", "seed")
    # A setting that only one of the two has differs too.
    assert set(one.differences(RunConfig.from_settings({"router": "switch"}))) == {"router", "k", "renormalize"}


def test_an_unknown_setting_is_answered_with_the_nearest_and_the_rest_is_kept() -> None:
    settings, (sentence,) = merged({"learnin_rate": 0.5, "seed": 3})
    assert sentence.startswith("learnin_rate = 0.5 was refused: no such setting; did you mean learning_rate?")
    assert changed(settings) == {"seed": 3}


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
        ("noise", 0.2),
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


def test_a_change_of_variant_keeps_what_both_variants_have() -> None:
    start = RunConfig.from_settings({"router": "top_k", "k": 3, "router_init": "circle", "router_init_scale": 2.0})
    config, problems = start.merge({"router": "switch"})
    assert problems == ()
    assert config.settings()["router_init"] == "circle"
    assert config.settings()["router_init_scale"] == 2.0


def test_more_experts_a_token_than_there_are_is_refused() -> None:
    settings, (sentence,) = merged({"k": 9, "seed": 3})
    assert sentence == "k = 9 was refused: it is at most num_experts, which is 8."
    assert changed(settings) == {"seed": 3}


def test_of_two_settings_that_do_not_fit_together_only_one_is_given_up() -> None:
    """The sentence says that there are four experts, and four there are."""
    settings, (sentence,) = merged({"num_experts": 4, "k": 5, "seed": 3})
    assert sentence == "k = 5 was refused: it is at most num_experts, which is 4."
    assert changed(settings) == {"num_experts": 4, "seed": 3}


def test_fewer_experts_than_the_run_asks_for_is_refused() -> None:
    config, problems = RunConfig.from_settings({"k": 3}).merge({"num_experts": 2, "seed": 3})
    assert [str(problem) for problem in problems] == ["num_experts = 2 was refused: it is at least k, which is 3."]
    assert (config.model.num_experts, config.training.seed) == (8, 3)


def test_a_model_too_large_is_refused_and_the_rest_is_kept() -> None:
    """The size is given up one setting at a time, until the run fits."""
    settings, sentences = merged(
        {"task": "digits", "num_experts": 64, "d_hidden": 512, "batch_size": 2048, "router": "switch", "seed": 3}
    )
    for sentence, start in zip(sentences, ("num_experts = 64", "d_hidden = 512"), strict=True):
        assert sentence.startswith(f"{start} was refused: the model would be too large, with ")
        assert sentence.endswith("; a run may have 128 MiB and 3 GFLOP.")
    kept = {"task": "digits", "num_experts": 8, "d_hidden": 16, "batch_size": 2048, "router": "switch", "seed": 3}
    assert {name: settings[name] for name in kept} == kept


def test_a_model_that_needs_too_much_memory_is_refused_however_little_it_computes() -> None:
    """A batch of one is quick, but 64 experts of 512 units that are all asked hold over 128 MiB."""
    large = {"task": "digits", "num_experts": 64, "d_hidden": 512, "router": "top_k", "batch_size": 1}
    assert merged(large)[1] == []
    assert "the model would be too large" in merged(large | {"k": 64})[1][0]


def test_all_problems_are_told_at_once() -> None:
    with pytest.raises(ConfigError) as caught:
        RunConfig.from_settings({"colour": "red", "k": 0, "learning_rate": -1})
    assert [problem.field for problem in caught.value.problems] == ["colour", "k", "learning_rate"]
    assert isinstance(caught.value, ValueError)


def test_long_names_and_values_are_cut_short_in_what_is_said() -> None:
    _, sentences = merged({"x" * 100_000: 1, "seed": "9" * 100_000})
    assert all(len(sentence) < 500 for sentence in sentences)


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
    config = RunConfig()
    after, problems = config.merge({"learning_rate": 0.5, "balance_coefficient": 2})
    assert problems == ()
    assert set(config.differences(after)) == LIVE_FIELDS


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
