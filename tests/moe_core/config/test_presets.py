"""The presets as files: whole, in their own words, and with the settings they were measured at."""

import pytest

from moe_core.config import ConfigError, presets


def test_every_file_is_listed() -> None:
    assert {path.stem for path in presets.FOLDER.glob("*.toml")} == set(presets.NAMES)


@pytest.mark.parametrize("name", presets.NAMES)
def test_a_preset_says_what_to_look_for(name: str) -> None:
    preset = presets.load(name)
    assert preset.name == name
    assert preset.title
    assert preset.look_for.endswith(".")


def test_titles_are_told_apart() -> None:
    assert len({presets.load(name).title for name in presets.NAMES}) == len(presets.NAMES)


def test_an_unknown_preset_is_answered_with_the_nearest() -> None:
    with pytest.raises(ConfigError, match=r"preset = colapse was refused: no such preset; did you mean collapse\?"):
        presets.load("colapse")


def test_a_preset_is_no_way_to_other_files() -> None:
    with pytest.raises(ConfigError):
        presets.load("../presets/collapse")


def test_collapse_and_balanced_differ_in_the_balance_coefficient_alone() -> None:
    collapse, balanced = presets.load("collapse").config, presets.load("balanced").config
    assert collapse.differences(balanced) == ("balance_coefficient",)
    assert (collapse.settings()["balance_coefficient"], balanced.settings()["balance_coefficient"]) == (0.0, 1.0)
