"""The formulas of a token's stages, by themselves in a page: for every router they hold the core's numbers."""

import json
import re
from typing import Any

import pytest
from playwright.sync_api import Page

from moe_core.trainer import Trainer
from server.pointing import pointed_of
from server.protocol import Look
from tests.browser.drawn_parts import run
from tests.moe_core.cases import small_config, train
from ui.stage_sources import ROUTERS

pytestmark = pytest.mark.browser

DRAW = """
const { FORMULAS } = await load("token_formulas");
const { show } = await load("formula");
const texts = {};
for (const [stage, formula] of Object.entries(FORMULAS)) {
  const root = document.createElement("p");
  show(root, formula(token, words));
  texts[stage] = root.textContent.replaceAll("\\u2212", "-");
}
return texts;
"""


def token_of(router: str, **settings: object) -> dict[str, Any]:
    """A token of a run that has trained a little, as the view has it, of whose experts the busiest is followed."""
    trainer = train(Trainer(small_config(router=router, **settings)), 20)
    look = Look(at=[0.6, 0.4], stages=True, logit_offsets=[0.5, 0.0, 0.0, 0.0], draw=1)
    pointed = pointed_of(trainer, look, trainer.evaluate().routing)
    assert pointed is not None
    gates = [expert["gate"] for expert in pointed["experts"]]
    followed = gates.index(max(gates))
    return {**pointed, "settings": trainer.config.settings(), "label": 0, "followed": followed}


def formulas(page: Page, token: dict[str, Any]) -> dict[str, str]:
    texts: dict[str, str] = run(page, f"const token = {json.dumps(token)}; {DRAW}")
    return texts


def ends(text: str) -> list[float]:
    """The numbers that something is said to be equal to."""
    return [float(number) for number in re.findall(r"=\s*(-?\d+(?:\.\d+)?)", text)]


def slope_of(text: str, expert: int) -> float:
    """What the last stage says of the slope along an expert's gate, before it uses it."""
    found = re.search(rf"a{expert + 1}=\S*∂g{expert + 1}\s*=\s*(-?[\d.]+)", text)
    assert found is not None, text
    return float(found[1])


@pytest.mark.parametrize("router", ROUTERS)
def test_formulas_end_in_the_cores_numbers(parts: Page, router: str) -> None:
    token = token_of(router)
    followed, stages = token["followed"], token["stages"]
    expert = token["experts"][followed]
    texts = formulas(parts, token)
    assert not [text for text in texts.values() if "token_" in text or "NaN" in text or "undefined" in text]
    for stage, value in (
        ("logits", stages["clean"][followed]),
        ("selection", expert["selection"]),
        ("gates", expert["gate"]),
        ("combination", token["answer"][0]),
        ("losses", stages["loss"]),
    ):
        assert value == pytest.approx(min(ends(texts[stage]), key=lambda end: abs(end - value)), abs=6e-4)
    if expert["kept"]:
        assert stages["slopes"][followed] == pytest.approx(slope_of(texts["gradients"], followed), abs=6e-4)
    gradient = stages["gradient"][followed]
    assert gradient == pytest.approx(min(ends(texts["gradients"]), key=lambda end: abs(end - gradient)), abs=6e-5)


@pytest.mark.parametrize(
    ("router", "settings", "rule"),
    [
        ("top_k", {"k": 1, "renormalize": False}, "(a"),
        ("top_k", {"k": 2, "renormalize": True}, "(a"),
        ("dense", {}, "(a"),
        ("sigmoid", {"k": 1, "renormalize": False}, "(1"),
    ],
)
def test_the_way_of_the_gradient_is_written_out_where_its_rule_is_known(
    parts: Page, router: str, settings: dict[str, object], rule: str
) -> None:
    text = formulas(parts, token_of(router, **settings))["gradients"]
    assert rule in text.replace(" ", "")
    assert "\u2202gj" not in text.replace(" ", "")


def test_every_number_of_a_probability_is_said_before_it_is_used(parts: Page) -> None:
    """Of two classes: the score of each, and the softmax of both."""
    token = token_of("top_k", k=1, renormalize=False)
    text = formulas(parts, token)["combination"].replace(" ", "")
    scores = [float(score) for score in re.findall(r"(-?[\d.]+)(?=y\[1\]=|q\[0\]=)", text)]
    assert scores == pytest.approx(token["answer"], abs=6e-4)
    written = re.search(r"=([\d.]+?\.\d{3})([\d.]+)=([\d.]+)$", text)
    assert written is not None, text
    above, below, shown = written.groups()
    assert float(above) / float(below) == pytest.approx(float(shown), abs=2e-3)
    assert float(shown) == pytest.approx(token["probabilities"][0], abs=6e-4)
