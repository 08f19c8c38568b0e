"""Other features of a point in a real browser: choosing them starts the run again, and pointing shows them."""

import re

import pytest
import torch
from playwright.sync_api import Page, expect

from moe_core.config import RunConfig, presets
from moe_core.config.features import names_of
from moe_core.features import basis_expansion
from moe_core.hidden_units import hidden_units
from moe_core.trace import trace
from moe_core.trainer import Trainer
from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView

pytestmark = pytest.mark.browser


def numbers_of(texts: list[str]) -> list[float]:
    """As the view prints them, with a true minus sign."""
    return [float(text.replace("\N{MINUS SIGN}", "-")) for text in texts]


def trainer_of(settings: dict[str, object]) -> Trainer:
    """The run that a page with these settings shows at step 0."""
    config: RunConfig = presets.load(presets.NAMES[0]).config
    changed, problems = config.merge(settings)
    assert not problems
    return Trainer(changed)


def test_chosen_features_start_the_run_again_and_pointing_shows_the_trainers_numbers_of_them(
    page: Page, server: AppServer
):
    view = LiveView(page).open(f"{server.url}/playground?seed=3")
    view.train_a_little()
    page.get_by_text("More that restarts the run").click()
    page.get_by_role("combobox", name="Input features").click()
    page.get_by_role("option", name="squares").click()
    view.wait(lambda: view.step == 0 and view.connected)
    page.wait_for_url("**features=squares**", timeout=PATIENCE)
    box = view.root.locator("canvas.picture").first.bounding_box()
    assert box is not None
    page.mouse.click(box["x"] + 0.25 * box["width"], box["y"] + 0.75 * box["height"])
    view.press("tab-input")
    said = view.button("features")
    expect(said).to_contain_text("x₁x₂")
    shown = dict(
        part.split(" = ") for part in said.inner_text().replace("\N{NO-BREAK SPACE}", " ").split(": ")[1].split(", ")
    )
    assert list(shown) == ["x₁", "x₂", "x₁²", "x₂²", "x₁x₂"]
    x1, x2, *functions = numbers_of(list(shown.values()))
    assert functions == pytest.approx([x1 * x1, x2 * x2, x1 * x2], abs=2e-3)
    place = view.button("inspector").locator(".inspector-title").inner_text()
    assert numbers_of(place.removeprefix("At (").rstrip(")").split(", ")) == pytest.approx([x1, x2], abs=6e-3)
    own = trace(
        trainer_of({"seed": 3, "features": "squares"}).model, basis_expansion(torch.tensor([x1, x2]), "squares")
    )
    table = view.button("inspector").get_by_role("table")
    for name, values in (("logit", own.logits), ("probability", own.probs)):
        cells = table.locator(f"td.{name}").all_inner_texts()
        assert numbers_of(cells) == pytest.approx(values.tolist(), abs=3e-3)
    page.reload()
    view.wait(lambda: view.connected)
    page.get_by_text("More that restarts the run").click()
    expect(page.get_by_role("combobox", name="Input features")).to_have_value("squares")


def test_a_task_that_is_no_plane_does_not_offer_features_and_refuses_them_in_an_address(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?task=digits&features=waves")
    expect(page.get_by_text("features = waves was refused: it has no meaning when task is digits.")).to_be_visible()
    page.get_by_text("More that restarts the run").click()
    expect(page.get_by_role("spinbutton", name="Seed")).to_be_visible(timeout=PATIENCE)
    expect(page.get_by_role("combobox", name="Input features")).to_have_count(0)
    assert view.read("picture") == "matrix"


def test_a_hidden_unit_has_a_line_and_a_weight_for_each_feature(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?features=all&num_experts=2")
    view.press("tab-inside")
    trainer = trainer_of({"features": "all", "num_experts": 2})
    units = hidden_units(trainer.model.experts, 0, trainer.task.test_inputs)
    assert units is not None
    expect(view.button("inside-unit")).to_have_count(len(units.effect))
    expect(view.root.locator(".inside .link")).to_have_count(len(units.effect) * (7 + 2))
    for unit, said in enumerate(view.button("inside-unit").evaluate_all("all => all.map((unit) => unit.ariaLabel)")):
        number = r"([−+]?\s?\d+\.\d+) "
        found = [re.search(number + re.escape(name), said) for name in names_of("all")]
        weights = numbers_of([match[1].replace(" ", "") for match in found if match])
        assert weights == pytest.approx(units.w_in[unit, 0].tolist(), abs=0.0051), said
