"""Inside an expert, on the screen: the trainer's own weights, read by pointing at a unit, and a line for each."""

import json
import re

import pytest
import torch
from playwright.sync_api import Browser, Locator, Page, WebSocket, expect

from moe_core import checkpoint
from moe_core.hidden_units import HiddenUnits, hidden_units
from moe_core.trainer import Trainer
from tests.browser.app_server import ROOT, AppServer
from tests.browser.drawn_parts import run
from tests.browser.live_view import LiveView

pytestmark = pytest.mark.browser

PRINTED = 0.0051
"""Numbers are printed with two digits after the point."""


def numbers_in(text: str) -> list[float]:
    """Every number with digits after its point; the sign may stand apart from it."""
    found = re.findall(r"([−+]?)\s?(\d+\.\d+)", text)
    return [float(number) * (-1 if sign == "−" else 1) for sign, number in found]


def saved() -> Trainer:
    return checkpoint.load(ROOT / "assets" / "pretrained" / "specialists.safetensors")


def inside(trainer: Trainer, expert: int) -> HiddenUnits:
    units = hidden_units(trainer.model.experts, expert, trainer.task.test_inputs)
    assert units is not None
    return units


def open_inside(view: LiveView, expert: int | None = None) -> Locator:
    """The units of an expert, counted from 1, or of the one that is shown when none is chosen."""
    view.press("tab-inside")
    if expert is not None:
        view.root.locator(f".card[data-expert='{expert}'] .choose").click()
        expect(view.root.locator(".inside .chip-number")).to_have_text(str(expert))
    return view.button("inside-unit")


@pytest.mark.parametrize("expert", [None, 4])
def test_each_unit_says_the_trainers_weights(page: Page, server: AppServer, expert: int | None) -> None:
    """relu(its two weights and its bias), its weights to both classes, its effect. With no expert chosen, the first."""
    view = LiveView(page).open(f"{server.url}/playground")
    units = open_inside(view, expert)
    expect(units).to_have_count(8)
    own = inside(saved(), (expert or 1) - 1)
    assert own.b_in is not None
    for unit, said in enumerate(units.evaluate_all("units => units.map((unit) => unit.ariaLabel)")):
        assert said.startswith(f"Unit {unit + 1} = relu(")
        known = [*own.w_in[unit, 0], own.b_in[unit, 0], *own.w_out[unit], own.effect[unit]]
        assert numbers_in(said) == pytest.approx([float(number) for number in known], abs=PRINTED), said


def test_lines_are_as_thick_as_weights_are_large_and_dashed_where_they_are_negative(
    page: Page, server: AppServer
) -> None:
    view = LiveView(page).open(f"{server.url}/playground")
    expect(open_inside(view)).to_have_count(8)
    own = inside(saved(), 0)
    weights = torch.cat([own.w_in.flatten(), own.w_out.flatten()])
    lines = view.root.locator(".inside .link")
    expect(lines).to_have_count(len(weights))
    drawn = lines.evaluate_all(
        "lines => lines.map((line) => [parseFloat(line.style.strokeWidth), getComputedStyle(line).strokeDasharray])"
    )
    widths = weights.abs() / weights.abs().max() * 5
    assert [width for width, _ in drawn] == pytest.approx(widths.clamp(min=0.4).tolist(), abs=PRINTED)
    assert [dashes != "none" for _, dashes in drawn] == (weights < 0).tolist()


def test_a_unit_is_read_by_pointing_by_keyboard_and_kept_by_a_click(page: Page, server: AppServer) -> None:
    view = LiveView(page).open(f"{server.url}/playground")
    units, said = open_inside(view), view.button("inside-said")
    expect(said).to_contain_text("Point at a unit")
    units.nth(2).hover()
    expect(said).to_contain_text("Unit 3 = relu(")
    dimmed = view.root.locator(".inside .link.dimmed")
    expect(dimmed).to_have_count(7 * 4)
    units.nth(4).click()
    view.button("tab-inside").hover()
    expect(said).to_contain_text("Unit 5 = relu(")
    expect(units.nth(4)).to_have_attribute("aria-pressed", "true")
    units.nth(5).focus()
    expect(said).to_contain_text("Unit 6 = relu(")
    page.keyboard.press("Tab")
    expect(said).to_contain_text("Unit 7 = relu(")
    assert said.inner_text() == units.nth(6).get_attribute("aria-label")


def test_it_is_measured_live_and_only_while_the_tab_is_open(page: Page, server: AppServer) -> None:
    asked: list[int | None] = []

    def keep(payload: str | bytes) -> None:
        message = json.loads(payload)
        if message["type"] == "frame":
            asked.append(message["look"].get("inside"))

    def listen(socket: WebSocket) -> None:
        if "/live/" in socket.url:
            socket.on("framesent", keep)

    page.on("websocket", listen)
    view = LiveView(page).open(f"{server.url}/playground")
    assert set(asked) == {None}
    first = open_inside(view, expert=4).first
    before = first.get_attribute("aria-label")
    assert before is not None
    for _ in range(2):
        view.press("step")
    view.wait(lambda: view.step == 1002)
    trainer = saved()
    trainer.step()
    trainer.step()
    own = inside(trainer, 3)
    assert own.b_in is not None
    known = [*own.w_in[0, 0], own.b_in[0, 0], *own.w_out[0], own.effect[0]]
    view.wait(lambda: first.get_attribute("aria-label") != before)
    assert numbers_in(first.get_attribute("aria-label") or "") == pytest.approx(
        [float(number) for number in known], abs=PRINTED
    )
    assert asked[-1] == 3
    view.press("tab-curves")
    view.press("step")
    view.wait(lambda: view.step == 1003)
    view.wait(lambda: asked[-1] is None)


def test_where_there_is_no_picture_or_no_unit_it_is_said(page: Page, server: AppServer) -> None:
    view = LiveView(page).open(f"{server.url}/playground?expert=linear")
    view.press("tab-inside")
    expect(view.button("inside-said")).to_contain_text("A linear expert has no hidden units")
    expect(view.button("inside-unit")).to_have_count(0)
    view.open(f"{server.url}/playground?task=breast_cancer")
    view.press("tab-inside")
    expect(view.button("inside-said")).to_contain_text("A table has no plane")
    expect(view.button("inside-unit")).to_have_count(8)
    expect(view.root.locator(".inside .thumbnail")).to_have_count(0)


def test_a_unit_is_read_in_full_whatever_its_inputs_are(parts: Page) -> None:
    """Of an image the range of its weights, of a table the three largest; a product has two sums. Places are kept."""
    image, table, places = run(
        parts,
        """
        const { insideOf } = await load("inside_record");
        const { sayUnit } = await load("inside_words");
        const { Places } = await load("places");
        const record = (header, arrays) => ({
          header: { settings: {}, picture: "matrix", ...header },
          arrays: Object.fromEntries(Object.entries(arrays).map(([name, all]) => [name, new Float32Array(all)])),
        });
        const read = (...made) => {
          const inside = insideOf(record(...made));
          return sayUnit(inside, inside.units[0], words);
        };
        const image = read(
          { task: { image: [1, 2] }, inside: { expert: 0, hidden: 1, units: [4], factors: 2 } },
          { unit_effects: [1.5], unit_weights: [-0.5, 0.25, 1, 2], unit_answers: [0.1, -0.2, 0.3, -0.4] },
        );
        const table = read(
          { task: { class_names: ["dry", "wet"] }, inside: { expert: 0, hidden: 1, units: [0], factors: 1 } },
          { unit_effects: [0], unit_weights: [0.1, -3, 2, 0, 1], unit_biases: [-0.5], unit_answers: [1, -1] },
        );
        const row = new Places();
        const of = (...numbers) => ({ expert: 0, units: numbers.map((unit) => ({ unit })) });
        const places = [of(7, 2, 5), of(9, 7, 5), of(1, 5, 9)].map((inside) => row.settle(inside, 3));
        return [image, table, places.map((shown) => shown.map(({ unit }) => unit))];
        """,
    )
    assert image == (
        "Unit 5 = silu((weights from −0.50 to 0.25) · image) × ((weights from 1.00 to 2.00) · image). "
        "Weights to the classes 0 to 3: 0.10, −0.20, 0.30, −0.40. Effect: 1.50."
    )
    assert table == (
        "Unit 1 = silu(−3.00 x[2] + 2.00 x[3] + 1.00 x[5] + 2 terms more − 0.50). "
        "Weights to class dry: 1.00, class wet: −1.00. Effect: 0.00."
    )
    assert places == [[2, 5, 7], [9, 5, 7], [9, 5, 1]]


def test_members_of_a_group_share_their_scales_and_each_shows_its_own(page: Page, server: AppServer) -> None:
    view = LiveView(page).open(f"{server.url}/playground?twin=learning_rate:0.1")
    view.train_a_little()
    for tab in view.button("tab-inside").all():
        tab.click()
    members = view.button("member")
    expect(members.locator(".inside-unit")).to_have_count(2 * 8)
    for scale in (".low", ".high", ".thickest"):
        one, other = members.locator(f".inside {scale}").all_inner_texts()
        assert one == other
    said = members.locator(".inside-unit").evaluate_all("units => units.map((unit) => unit.ariaLabel)")
    assert said[:8] != said[8:]


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
@pytest.mark.parametrize("query", ["", "features=all", "preset=balanced"])
def test_it_fits(browser: Browser, server: AppServer, scheme, size, query):
    """Nothing stands over, and nothing moves when a unit is pointed at. Digits show weights, and say how many are left
    out."""
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    view = LiveView(page).open(f"{server.url}/playground?{query}")
    units, said = open_inside(view), view.button("inside-said")
    expect(units.first).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if query == "preset=balanced":
        shown = units.count()
        assert 0 < shown < 16
        expect(said).to_contain_text(f"Left out: {16 - shown} of 16 units, those with the least effect")
        expect(view.root.locator(".inside .thumbnail")).to_have_count(shown)
    before = units.last.bounding_box()
    units.last.hover()
    expect(said).to_contain_text("Unit")
    assert units.last.bounding_box() == before
    foot = said.bounding_box()
    assert foot is not None
    assert foot["x"] + foot["width"] <= width
    if width == 1280:
        assert foot["y"] + foot["height"] <= height
    context.close()
