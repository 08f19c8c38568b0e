"""A token and its target, chosen by hand: what follows is the core's, and what cannot be is refused in words."""

from collections.abc import Iterator

import pytest
import torch
from playwright.sync_api import BrowserContext, Page, expect

from moe_core.checkpoint import load
from moe_core.token_losses import TokenLosses, nearest_example, token_losses
from moe_core.trainer import Trainer
from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView
from tests.browser.test_life import own_server
from tests.browser.token_view import SHOWN, numbers, opened, place, settle, slider, stage, wait_until_at
from ui.view_files import PICTURES

pytestmark = pytest.mark.browser

__all__ = ["own_server"]


@pytest.fixture
def view(page: Page, server: AppServer) -> Iterator[LiveView]:
    yield opened(page, f"{server.url}/gating")
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    return load(PICTURES / "specialists.safetensors")


def losses(trainer: Trainer, inputs: torch.Tensor, target: int) -> TokenLosses:
    load_ = trainer.evaluate().routing.load
    return token_losses(trainer.model, inputs, torch.tensor(target), task_loss=trainer.task_loss, load=load_)


def test_one_tap_chooses_the_target_and_the_loss_and_the_gradients_follow(view: LiveView, trainer: Trainer) -> None:
    nearest = view.button("token-target-own")
    expect(nearest).to_have_attribute("aria-pressed", "true")
    inputs = place(view)
    own = int(trainer.task.test_targets[nearest_example(trainer.task, inputs)])
    expect(nearest).to_have_text(f"nearest: {own}")
    before = numbers(view, "gates")
    for target in (1 - own, own):
        view.press(f"token-target-{target}")
        settle(view)
        taught = losses(trainer, inputs, target)
        assert numbers(view, "gradients") == pytest.approx(taught.gradient.tolist(), abs=SHOWN)
        expect(view.button("token-formula-losses")).to_contain_text(f"{float(taught.loss):.3f}")
        expect(stage(view, "experts").locator(".token-names")).to_contain_text(f"y[{target}]")
    assert numbers(view, "gates") == before
    view.button("token-target-own").focus()
    view.page.keyboard.press("Enter")
    expect(nearest).to_have_attribute("aria-pressed", "true")


def test_a_chosen_target_stays_while_the_token_moves(view: LiveView, trainer: Trainer) -> None:
    view.press("token-target-0")
    view.button("token_x1").fill("-0.9")
    view.button("token_x1").press("Enter")
    wait_until_at(view, -0.9)
    settle(view)
    taught = losses(trainer, place(view), 0)
    assert numbers(view, "gradients") == pytest.approx(taught.gradient.tolist(), abs=SHOWN)


def test_the_token_is_put_where_its_fields_say(view: LiveView) -> None:
    for name, text in (("token_x1", "0,25"), ("token_x2", "\u22121.1")):
        view.button(name).fill(text)
        view.button(name).press("Tab")
    view.wait(lambda: place(view).tolist() == pytest.approx([0.25, -1.1]))
    pin, canvas = view.button("pin").bounding_box(), view.root.locator("canvas.picture").bounding_box()
    assert pin is not None
    assert canvas is not None
    across = (pin["x"] + pin["width"] / 2 - canvas["x"]) / canvas["width"]
    down = (pin["y"] + pin["height"] - canvas["y"]) / canvas["height"]
    assert (across, down) == pytest.approx(((0.25 + 1.6) / 3.2, (1.6 + 1.1) / 3.2), abs=0.01)


@pytest.mark.parametrize("text", ["7", "-1.7", "far", "", "1e999", "NaN"])
def test_a_place_outside_the_plane_is_refused_in_a_sentence(view: LiveView, text: str) -> None:
    before = place(view).tolist()
    field = view.button("token_x2")
    field.fill(text)
    field.press("Enter")
    typed = text or "\u2026"
    said = f"x\u2082 = {typed} was refused: it is a number from \u22121.6 to 1.6."
    expect(view.root.get_by_role("alert").filter(has_text="refused")).to_have_text(said)
    settle(view)
    assert place(view).tolist() == before
    field.fill("0.5")
    field.press("Enter")
    expect(view.root.get_by_role("alert").filter(has_text="refused")).to_have_count(0)
    view.wait(lambda: place(view).tolist()[1] == pytest.approx(0.5))


def test_a_moved_logit_is_let_go_once_the_token_moves(view: LiveView, trainer: Trainer) -> None:
    slider(view, 6).focus()
    slider(view, 6).press("PageUp")
    expect(stage(view, "logits").locator(".token-names")).to_contain_text("moved by")
    expect(stage(view, "logits").locator("[data-expert='6'] .token-below")).to_have_text("+1.000")
    view.root.locator("canvas.picture").press("ArrowLeft")
    expect(view.button("token-put_back")).to_be_hidden()
    expect(stage(view, "logits").locator(".token-names")).not_to_contain_text("moved by")
    settle(view)
    inputs = place(view)
    with torch.inference_mode():
        own = trainer.model.router.eval()(inputs.unsqueeze(0)).logits[0]
    assert numbers(view, "logits") == pytest.approx(own.tolist(), abs=SHOWN)


def test_every_row_of_numbers_has_its_name(view: LiveView) -> None:
    for name in ("logits", "selection", "chosen", "gates", "experts", "combination", "losses", "gradients"):
        cell = stage(view, name).locator(".token-cell").first
        rows = [text for text in cell.locator(".token-number, .token-below").all_inner_texts() if text]
        assert stage(view, name).locator(".token-names span").count() == len(rows), name


def test_a_value_is_held_against_any_number(page: Page, server: AppServer) -> None:
    view = opened(page, f"{server.url}/gating?task=piecewise&router=top_k&balancer=none")
    field = view.button("token-target")
    field.fill("2.5")
    field.press("Enter")
    expect(view.button("token-target-own")).to_have_attribute("aria-pressed", "false", timeout=PATIENCE)
    expect(view.button("token-formula-losses")).to_contain_text("2.500")
    field.fill("much")
    field.press("Enter")
    expect(view.root.get_by_role("alert").filter(has_text="refused")).to_contain_text("Target = much was refused")


def test_a_test_input_is_chosen_by_its_number_where_there_is_no_plane(page: Page, server: AppServer) -> None:
    view = opened(page, f"{server.url}/gating?task=digits&balancer=none")
    first = numbers(view, "logits")
    field = view.button("token_sample")
    expect(field).to_have_value("0")
    field.fill("12")
    field.press("Enter")
    view.wait(lambda: numbers(view, "logits") != first)
    field.fill("100000")
    field.press("Enter")
    expect(view.root.get_by_role("alert").filter(has_text="refused")).to_contain_text("it is a whole number from 0 to")


def test_numbers_that_nobody_answers_for_are_said_to_be_old(context: BrowserContext, own_server: AppServer) -> None:
    page = context.new_page()
    view = opened(page, f"{own_server.url}/gating")
    old = numbers(view, "logits")
    own_server.kill()
    stale = view.button("token-stale")
    said = "Nobody answers now. These numbers are of the token at (0.96, \u22120.32)"
    expect(stale).to_contain_text(said, timeout=PATIENCE)
    expect(page.get_by_role("dialog")).to_have_count(0, timeout=PATIENCE)
    view.root.locator("canvas.picture").press("ArrowLeft")
    page.wait_for_timeout(300)
    assert numbers(view, "logits") == old
    own_server.start()
    expect(stale).to_be_hidden(timeout=PATIENCE)
    view.wait(lambda: numbers(view, "logits") != old)
