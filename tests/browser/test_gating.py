"""The lesson on gating in a real browser: the trained router's own numbers, and what follows when they are dragged."""

import math
import re

import pytest
import torch
from playwright.sync_api import Page, expect

from moe_core.checkpoint import load
from moe_core.token_losses import TokenLosses, nearest_example, token_losses
from moe_core.trace import Trace, trace
from moe_core.trainer import Trainer
from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView
from tests.browser.token_view import SHOWN, asked, flat, numbers, opened, place, settle, slider, stage, wait_until_at
from ui.view_files import PICTURES

pytestmark = pytest.mark.browser

WHOLLY_SEEN = """(part) => {
  const box = part.getBoundingClientRect();
  const shown = (y) => part.contains(part.getRootNode().elementFromPoint(box.left + 12, y));
  return shown(box.top + 3) && shown(box.bottom - 3);
}"""
"""Whether an element is in the window with nothing over it."""


@pytest.fixture
def view(page: Page, server: AppServer) -> LiveView:
    return opened(page, f"{server.url}/gating")


@pytest.fixture(scope="module")
def trainer() -> Trainer:
    """The run that is shown, as it was saved."""
    return load(PICTURES / "specialists.safetensors")


def losses(trainer: Trainer, inputs: torch.Tensor, offsets: torch.Tensor) -> TokenLosses:
    target = trainer.task.test_targets[nearest_example(trainer.task, inputs)]
    load_ = trainer.evaluate().routing.load
    return token_losses(trainer.model, inputs, target, task_loss=trainer.task_loss, load=load_, offsets=offsets)


def expect_numbers_of(view: LiveView, trainer: Trainer, offsets: list[float]) -> Trace:
    """All that is printed is what the core computes for this token with these logits moved."""
    settle(view)
    inputs, moved = place(view), torch.tensor(offsets)
    own, taught = trace(trainer.model, inputs, moved), losses(trainer, inputs, moved)
    target = int(trainer.task.test_targets[nearest_example(trainer.task, inputs)])
    assert numbers(view, "logits") == pytest.approx(own.logits.tolist(), abs=SHOWN)
    assert numbers(view, "gates") == pytest.approx(own.gates.tolist(), abs=SHOWN)
    assert numbers(view, "gates", "below") == pytest.approx(own.probs.tolist(), abs=SHOWN)
    answers, terms = numbers(view, "experts"), numbers(view, "combination")
    assert numbers(view, "experts", "below") == pytest.approx(own.answers[:, target].tolist(), abs=SHOWN)
    for expert, kept in enumerate(own.kept.tolist()):
        answer = float(own.answers[expert, target])
        assert answers[expert] == pytest.approx(answer if kept else math.nan, abs=SHOWN, nan_ok=True)
        term = float(own.gates[expert]) * answer
        assert terms[expert] == pytest.approx(term if kept else math.nan, abs=SHOWN, nan_ok=True)
    assert numbers(view, "losses") == pytest.approx(trainer.evaluate().routing.load.tolist(), abs=SHOWN)
    assert numbers(view, "gradients") == pytest.approx(taught.gradient.tolist(), abs=SHOWN)
    assert numbers(view, "gradients", "below") == pytest.approx((0.1 * taught.pull).tolist(), abs=SHOWN)
    loss = re.search(r"Task, in nats:.*?=\s*([\d.]+)\s*Lbalance", flat(view.button("token-formula-losses")))
    assert loss is not None
    assert float(loss[1]) == pytest.approx(float(taught.loss), abs=SHOWN)
    return own


def test_the_saved_router_is_shown_at_once_with_the_trainers_own_numbers(view: LiveView, trainer: Trainer):
    assert view.step == trainer.step_count == 1000
    own = expect_numbers_of(view, trainer, [0.0] * 8)
    (chosen,) = own.kept.nonzero().flatten().tolist()
    assert asked(view) == str(chosen + 1)
    products = flat(view.button("token-formula-experts"))
    assert products == "Multiplications, router + experts: sparse 16+1×32=48 dense 16+8×32=272 saved 224 "
    skipped = stage(view, "experts").locator("[data-state=skipped]")
    assert skipped.count() == 7


def test_the_trained_run_comes_back_after_the_question(view: LiveView, trainer: Trainer):
    run = view.run
    view.press("guess-1")
    view.page.keyboard.press("5")
    said = expect(view.button("guess-answer"))
    said.to_contain_text("Measured at step 400", timeout=3 * PATIENCE)
    view.expect_state("paused")
    assert view.step == 400
    view.page.get_by_role("button", name="The lesson's own run").click()
    view.wait(lambda: view.step == trainer.step_count and view.connected and view.run != run)
    expect_numbers_of(view, trainer, [0.0] * 8)
    said.to_contain_text("Measured at step 400")
    expect(view.page.get_by_text(f"has trained for {trainer.step_count:,} steps")).to_be_visible()


def test_a_logit_that_is_moved_by_keys_changes_all_that_follows_and_can_be_put_back(view: LiveView, trainer: Trainer):
    before = asked(view)
    slider(view, 6).focus()
    for _ in range(8):
        slider(view, 6).press("PageUp")
    expect(slider(view, 6)).to_have_attribute("aria-valuetext", re.compile("moved by 8.000"))
    expect_numbers_of(view, trainer, [0.0] * 5 + [8.0, 0.0, 0.0])
    assert asked(view) == "6" != before
    view.page.keyboard.press("Home")
    expect(slider(view, 6)).to_have_attribute("aria-valuetext", re.compile("moved by 0.000"))
    slider(view, 2).press("ArrowUp")
    expect(slider(view, 2)).to_have_attribute("aria-valuetext", re.compile("moved by 0.100"))
    view.press("token-put_back")
    expect(slider(view, 2)).to_have_attribute("aria-valuetext", re.compile("moved by 0.000"))
    expect_numbers_of(view, trainer, [0.0] * 8)


def test_a_logit_is_dragged(view: LiveView, trainer: Trainer):
    """Until another expert is chosen: its gate and its answer are then those with so much added."""
    number = 8 if asked(view) != "8" else 7
    box = slider(view, number).bounding_box()
    assert box is not None
    x, y = box["x"] + box["width"] / 2, box["y"] + 20
    view.page.mouse.move(x, y)
    view.page.mouse.down()
    for distance in range(4, 60, 8):
        view.page.mouse.move(x, y - distance)
    view.wait(lambda: asked(view) == str(number))
    view.page.mouse.up()
    settle(view)
    said = slider(view, number).get_attribute("aria-valuetext") or ""
    offset = float(said.split()[-1])
    assert offset > 0
    expect_numbers_of(view, trainer, [offset if expert == number - 1 else 0.0 for expert in range(8)])


def test_the_token_is_dragged_over_the_plane(view: LiveView, trainer: Trainer):
    canvas = view.root.locator("canvas.picture")
    box = canvas.bounding_box()
    assert box is not None
    view.page.mouse.move(box["x"] + 0.8 * box["width"], box["y"] + 0.6 * box["height"])
    view.page.mouse.down()
    seen = set()
    for share in (0.7, 0.6, 0.5, 0.4, 0.3, 0.2):
        view.page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
        wait_until_at(view, -1.6 + 3.2 * share)
        seen.add(asked(view))
    view.page.mouse.up()
    assert len(seen) > 1
    expect_numbers_of(view, trainer, [0.0] * 8)


def test_the_walk_lights_one_stage_at_a_time_with_its_source(view: LiveView):
    view.root.focus()
    names = ["logits", "noise", "selection", "chosen", "gates", "experts", "combination", "losses", "gradients"]
    for name in names:
        view.page.keyboard.press("ArrowRight")
        expect(stage(view, name)).to_have_attribute("aria-current", "step")
        assert view.root.locator(".token-stage.dim").count() == 8
        assert numbers(view, "gradients")
    view.page.keyboard.press("ArrowLeft")
    expect(stage(view, "losses")).to_contain_text("moe_core/losses.py, lines")
    expect(stage(view, "losses").locator("pre").last).to_contain_text("load * routing.importance")
    view.press("walk-leave")
    expect(view.root.locator(".token-stage.dim")).to_have_count(0)
    view.press("token-stage-gates")
    expect(stage(view, "gates")).to_contain_text("probs = logits.softmax(-1)")
    view.press("walk-play")
    expect(view.button("walk-where")).to_have_text("6 of 9: Experts")
    view.press("walk-play")
    assert view.step == 1000


def test_formulas_are_mathml(view: LiveView):
    """So that a screen reader reads them, and no text is a picture."""
    for name in ("logits", "selection", "gates", "combination", "losses", "gradients"):
        inside = view.button(f"token-formula-{name}").locator("math")
        assert inside.count() > 0
        namespace = inside.first.evaluate("(math) => math.namespaceURI")
        assert namespace == "http://www.w3.org/1998/Math/MathML"


def test_another_router_trains_from_step_0_and_its_noise_can_be_drawn(page: Page, server: AppServer):
    view = opened(page, f"{server.url}/gating?router=noisy_top_k&k=2&balancer=none")
    assert view.step == 0
    expect(view.button("token-formula-noise")).to_have_text("Evaluation: no noise.")
    assert all(map(math.isnan, numbers(view, "noise")))
    view.press("token-draw")
    expect(view.button("token-formula-noise")).to_contain_text("σ")
    first, clean = numbers(view, "noise"), numbers(view, "logits")
    drawn = numbers(view, "selection")
    assert drawn == pytest.approx([h + z for h, z in zip(clean, first, strict=True)], abs=2 * SHOWN)
    view.press("token-draw")
    view.wait(lambda: numbers(view, "noise") != first)
    view.press("token-no_draw")
    expect(view.button("token-formula-noise")).to_have_text("Evaluation: no noise.")


def test_a_renormalised_gate_of_one_expert_shows_no_gradient(page: Page, server: AppServer):
    view = opened(page, f"{server.url}/gating?renormalize=true")
    assert numbers(view, "gradients") == [0.0] * 8
    assert sorted(numbers(view, "gates")) == [0.0] * 7 + [1.0]


def test_a_router_that_deals_tokens_out_says_why_there_is_nothing_to_follow(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/gating?router=expert_choice&balancer=none")
    expect(view.root.locator(".token-empty")).to_contain_text("own logits do not decide", timeout=PATIENCE)


@pytest.mark.parametrize("width", [1280, 390])
def test_a_variation_shows_the_stages_from_the_first_on_and_none_is_covered(page: Page, server: AppServer, width: int):
    page.set_viewport_size({"width": width, "height": 844})
    view = opened(page, f"{server.url}/gating")
    page.get_by_role("button", name="Add noise").click()
    expect(view.button("token-draw")).to_be_visible(timeout=PATIENCE)
    view.wait(lambda: all(stage(view, name).evaluate(WHOLLY_SEEN) for name in ("logits", "noise")))
    view.press("token-draw")
    expect(view.button("token-no_draw")).to_be_visible(timeout=PATIENCE)
