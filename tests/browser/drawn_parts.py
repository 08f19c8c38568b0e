"""Scripts that draw a part of the live view by itself, with frames made by a test."""

from typing import Any

from playwright.sync_api import Page

MODULES = "/assets/live_view"

FRAME = """
const load = async (name) => await import(`/assets/live_view/${name}.js`);
const { wordsFrom } = await load("describe");
const settings = { balance_coefficient: { label: "Balance coefficient", titles: {} } };
const words = wordsFrom(await (await fetch("/assets/live_view/labels.en.json")).json(), settings);
const expert = (probability, gate, answer, chosen = gate > 0, kept = chosen) => {
  const logit = Math.log(probability);
  return { logit, selection: logit, probability, chosen, kept, gate, answer };
};
"""
"""What the scripts of these tests begin with: words as the page has them, and an expert of a pointed input."""


def run(page: Page, script: str) -> Any:
    """What a script returns that may use all of FRAME."""
    return page.evaluate(f"async () => {{ {FRAME} {script} }}")
