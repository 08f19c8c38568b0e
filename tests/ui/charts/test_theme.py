"""The charts' colours are those of the page and of the live view."""

import json
import tomllib

import pytest

from tests.source_tree import ROOT
from ui.charts.theme import BLACK, DARK, LIGHT, WHITE, expert_colour, expert_name, expert_scale, ink_on, mix, theme_of


@pytest.mark.parametrize(("name", "theme"), [("light", LIGHT), ("dark", DARK)])
def test_the_page_and_its_charts_have_the_same_colours(name, theme):
    page = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"][name]
    assert (theme.surface, theme.text, theme.primary) == (
        page["secondaryBackgroundColor"],
        page["textColor"],
        page["primaryColor"],
    )


def test_a_browser_that_has_not_said_which_theme_it_shows_has_the_light_one():
    assert [theme_of(kind) for kind in ("dark", "light", None)] == [DARK, LIGHT, LIGHT]


def test_an_expert_has_the_colour_of_the_live_view_and_its_number_is_printed():
    colours = json.loads((ROOT / "assets" / "live_view" / "palette.json").read_text())["experts"]
    assert [expert_colour(expert) for expert in (1, 64, 65)] == [colours[0], colours[63], colours[0]]
    assert colours[1] in expert_name(2)
    assert expert_name(2).endswith(" 2")
    scale = expert_scale(3).to_dict()
    assert scale == {"domain": ["1", "2", "3"], "range": colours[:3]}


def test_a_mixed_colour_lies_between():
    assert mix("#000000", "#ff8000", 0.0) == "#000000"
    assert mix("#000000", "#ff8000", 0.5) == "#804000"
    assert mix("#000000", "#ff8000", 1.0) == "#ff8000"


@pytest.mark.parametrize(
    ("ground", "ink"), [("#ffffff", BLACK), ("#78d4fa", BLACK), ("#000000", WHITE), ("#33588a", WHITE)]
)
def test_ink_is_the_one_that_reads_better(ground, ink):
    assert ink_on(ground) == ink
