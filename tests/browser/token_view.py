"""The view that follows one token, as a test sees it."""

import json
import math
import re

import torch
from playwright.sync_api import Locator, Page, expect

from tests.browser.live_view import PATIENCE, LiveView

SHOWN = 6e-4
"""Numbers are printed to three digits after the point."""


def opened(page: Page, url: str) -> LiveView:
    view = LiveView(page).open(url)
    expect(view.button("token-formula-gradients")).not_to_be_empty(timeout=PATIENCE)
    return view


def stage(view: LiveView, name: str) -> Locator:
    return view.root.locator(f"[data-stage={name}]")


def numbers(view: LiveView, name: str, part: str = "number") -> list[float]:
    """What is printed below the bars of a stage; NaN for what is not computed."""
    texts = stage(view, name).locator(f".token-{part}").all_inner_texts()
    return [math.nan if text == "–" else float(text.replace("\u2212", "-")) for text in texts]


def place(view: LiveView) -> torch.Tensor:
    """Where the token is, exactly."""
    return torch.tensor(json.loads(view.root.locator(".token-full").get_attribute("data-inputs") or "[]"))


def wait_until_at(view: LiveView, x: float) -> None:
    view.wait(lambda: abs(float(place(view)[0]) - x) < 0.02)


def settle(view: LiveView) -> None:
    """Wait until what was asked for last is drawn: no frame comes any more."""
    frames = [-1]

    def is_still() -> bool:
        view.page.wait_for_timeout(300)
        frames.append(view.frame)
        return frames[-1] == frames[-2]

    view.wait(is_still)


def flat(formula: Locator) -> str:
    """A formula as one line of text."""
    return re.sub(r"\s+", " ", formula.text_content() or "").replace("\u2212", "-")


def slider(view: LiveView, expert: int) -> Locator:
    return view.root.get_by_role("slider", name=f"Logit of expert {expert}")


def asked(view: LiveView) -> str:
    return view.root.locator(".token-full").get_attribute("data-asked") or ""
