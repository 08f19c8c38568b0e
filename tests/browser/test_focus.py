"""What a person looks at and does to experts, in a real browser: modes, pointing, cards, columns, rest."""

import re

import pytest
import torch
from playwright.sync_api import Locator, Page, expect

from moe_core.config import presets
from moe_core.trace import trace
from moe_core.trainer import Trainer
from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView

pytestmark = pytest.mark.browser


@pytest.fixture
def view(page: Page, server: AppServer) -> LiveView:
    return LiveView(page).open(f"{server.url}/playground?seed=3")


def card(view: LiveView, expert: int) -> Locator:
    """The card of an expert, counted from 1 as on the screen."""
    return view.button("expert-card").nth(expert - 1)


def picture(view: LiveView) -> Locator:
    return view.root.locator("canvas.picture").first


def point_at(view: LiveView, x: float, y: float, click: bool = False) -> None:
    """Put the pointer at a place in shares of the picture's sides."""
    box = picture(view).bounding_box()
    assert box is not None
    place = (box["x"] + x * box["width"], box["y"] + y * box["height"])
    if click:
        view.page.mouse.click(*place)
    else:
        view.page.mouse.move(*place)


def seen(canvas: Locator) -> str:
    """What a canvas shows, as text that differs where the picture does."""
    text: str = canvas.evaluate("canvas => canvas.toDataURL()")
    return text


def test_pointing_shows_the_trainers_own_numbers_for_the_input(view: LiveView):
    view.page.mouse.move(0, 0)
    point_at(view, 0.25, 0.75)
    readout = view.button("readout")
    expect(readout).to_have_text(re.compile(r"expert \d, gate \S+: class \d at \S+"))
    shown = readout.inner_text()
    config, problems = presets.load(presets.NAMES[0]).config.merge({"seed": 3})
    assert not problems
    trainer = Trainer(config)
    assert trainer.task.bounds is not None
    left, right, bottom, top = trainer.task.bounds
    # The pointer is a whole number of pixels, and so the place is within half a pixel of this one.
    place = torch.tensor([left + 0.25 * (right - left), top - 0.75 * (top - bottom)])
    own = trace(trainer.model, place)
    probabilities = torch.softmax(own.answer, 0)
    said = re.fullmatch(r"expert (\d), gate (\S+): class (\d) at (\S+)", shown)
    assert said is not None
    assert int(said[1]) == int(own.gates.argmax()) + 1
    assert float(said[2]) == pytest.approx(float(own.gates.max()), abs=0.02)
    assert int(said[3]) == int(probabilities.argmax())
    assert float(said[4]) == pytest.approx(float(probabilities.max()), abs=0.02)


def test_this_input_shows_the_whole_way_of_a_sample_in_the_trainers_own_numbers(page: Page, server: AppServer):
    """From logits to class probabilities: all numbers and formulas are as computed here."""
    view = LiveView(page).open(f"{server.url}/playground?preset=balanced")
    view.press("projection")
    sample = pin_a_sample(view)
    view.press("tab-input")
    trainer = Trainer(presets.load("balanced").config)
    own = trace(trainer.model, trainer.task.test_inputs[sample])
    probabilities = own.answer.softmax(0)
    label = int(probabilities.argmax())
    table = view.button("inspector").get_by_role("table")
    columns = {"logit": own.logits, "probability": own.probs, "output": own.answers[:, label]}
    for name, values in columns.items():
        cells = table.locator(f"td.{name}").all_inner_texts()
        assert [number(cell) for cell in cells] == pytest.approx(values.tolist(), abs=6e-4)
    (asked,) = own.kept.nonzero().flatten().tolist()
    assert table.locator("td.chosen").all_inner_texts() == ["✓" if expert == asked else "" for expert in range(8)]
    assert number(table.locator("td.gate").nth(asked).inner_text()) == pytest.approx(float(own.gates[asked]), abs=6e-4)
    way = numbers_in(view.button("way-gate").inner_text())
    logit, power, total, probability, gate = way[1:]  # The first one is the expert's.
    assert power / total == pytest.approx(probability, abs=2e-3)
    assert logit == pytest.approx(float(own.logits[asked]), abs=6e-4)
    assert (probability, gate) == pytest.approx((float(own.probs[asked]), float(own.gates[asked])), abs=6e-4)
    gate, output, score = numbers_in(view.button("formula").inner_text())[1:]  # The first one is the class.
    assert (gate, output) == pytest.approx((float(own.gates[asked]), float(own.answers[asked, label])), abs=6e-4)
    assert score == pytest.approx(float(own.answer[label]), abs=6e-4)
    for follow in (label, (label + 1) % 10):
        view.press(f"follow-{follow}")
        expect(view.button("formula")).to_contain_text(f"Score of class {follow} ")
        score, power, total, probability = numbers_in(view.button("way-class").inner_text())
        assert score == pytest.approx(float(own.answer[follow]), abs=6e-4)
        assert total == pytest.approx(float(own.answer.exp().sum()), rel=1e-3)
        assert probability == pytest.approx(float(probabilities[follow]), abs=6e-4)


def pin_a_sample(view: LiveView) -> int:
    """Pin some sample of the projection. Returns its number in the test split."""
    readout = view.button("readout")
    for x in range(30, 70):
        point_at(view, x / 100, 0.5)
        if "Test sample" in readout.inner_text():
            point_at(view, x / 100, 0.5, click=True)
            expect(view.button("unpin")).to_be_visible()
            found = re.search(r"Test sample (\d+)", readout.inner_text())
            assert found is not None
            return int(found[1])
    raise AssertionError("there is no sample in the middle of the projection")


def number(text: str) -> float:
    return float(text.replace("\N{MINUS SIGN}", "-"))


def numbers_in(text: str) -> list[float]:
    return [number(found) for found in re.findall(r"\N{MINUS SIGN}?\d+(?:\.\d+)?", text)]


def test_a_click_pins_a_place_whose_numbers_follow_training_until_it_is_let_go(view: LiveView):
    point_at(view, 0.25, 0.75, click=True)
    expect(view.button("pin")).to_be_visible()
    expect(view.button("unpin")).to_be_visible()
    view.page.mouse.move(0, 0)
    before = view.button("readout").inner_text()
    view.press("pace-10")
    view.press("play")
    view.wait(lambda: view.step > 100)
    view.press("play")
    expect(view.button("readout")).not_to_have_text(before)
    view.press("unpin")
    expect(view.button("pin")).to_be_hidden()


def test_the_keyboard_points_pins_and_lets_go(view: LiveView):
    picture(view).focus()
    view.page.keyboard.press("ArrowRight")
    view.page.keyboard.press("Enter")
    expect(view.button("pin")).to_be_visible()
    before = view.button("pin").bounding_box()
    view.page.keyboard.press("ArrowUp")
    view.wait(lambda: view.button("pin").bounding_box() != before)
    assert view.step == 0  # The arrows moved the pin and not the run.
    view.page.keyboard.press("Escape")
    expect(view.button("pin")).to_be_hidden()


def test_p_goes_through_owner_prediction_and_expert(view: LiveView):
    view.root.focus()
    for mode in ("prediction", "expert", "owner"):
        view.page.keyboard.press("p")
        expect(view.button(mode)).to_have_attribute("aria-pressed", "true")


def test_a_chosen_card_shows_that_experts_answers_everywhere(view: LiveView):
    owners = seen(picture(view))
    card(view, 3).get_by_role("button", name="Expert 3, ").click()
    expect(view.root.get_by_role("img", name="What expert 3 answers, everywhere")).to_be_visible()
    expect(view.button("expert")).to_have_text("Expert 3")
    view.wait(lambda: seen(picture(view)) != owners)
    third = seen(picture(view))
    card(view, 5).get_by_role("button", name="Expert 5, ").click()
    view.wait(lambda: seen(picture(view)) not in (owners, third))


def test_where_a_member_lacks_the_chosen_expert_its_picture_stays_that_of_the_owners(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?num_experts=4&twin=balance_coefficient:0.5")
    first, second = view.button("member").all()
    first.get_by_role("button", name="Expert 1, ").click()
    first.get_by_role("button", name="Clone: expert 1").click()
    expect(first.get_by_test_id("expert-card")).to_have_count(5)
    first.get_by_role("button", name="Expert 5, ").click()
    expect(first.get_by_role("img", name="What expert 5 answers, everywhere")).to_be_visible()
    expect(second.get_by_role("img", name="Who owns each place")).to_be_visible()
    first.get_by_role("button", name="Expert 2, ").click()
    expect(second.get_by_role("img", name="What expert 2 answers, everywhere")).to_be_visible()


def test_a_saved_picture_that_lacks_an_experts_answers_stays_that_of_the_owners(page: Page, server: AppServer):
    page.route_web_socket("**/live/*", lambda socket: None)  # Nobody answers: all there is to see is the picture.
    page.goto(f"{server.url}/playground")
    view = LiveView(page)
    view.wait(lambda: view.root.count() == 1 and view.step == 1000)
    owners = seen(picture(view))
    chosen = card(view, 3).get_by_role("button", name="Expert 3, ")
    chosen.click()
    expect(chosen).to_have_attribute("aria-pressed", "true")
    expect(view.root.get_by_role("img", name="Who owns each place")).to_be_visible()
    view.wait(lambda: seen(picture(view)) != owners)  # With the chosen one's places lit.


def test_a_pin_is_let_go_when_the_task_changes(view: LiveView):
    point_at(view, 0.25, 0.75, click=True)
    expect(view.button("pin")).to_be_visible()
    view.page.get_by_role("combobox", name="Task").click()
    view.page.get_by_role("option", name="Pinwheel").click()
    expect(view.root.get_by_role("img", name="Pinwheel.")).to_be_visible(timeout=PATIENCE)
    expect(view.button("pin")).to_be_hidden()
    expect(view.button("unpin")).to_be_hidden()
    view.press("tab-input")
    expect(view.button("inspector")).to_contain_text("Point at a place of the picture")


def test_the_view_says_when_its_run_has_come_to_rest(view: LiveView):
    view.page.evaluate(
        "window.rests = []; addEventListener('moe-lab:rest', (event) => window.rests.push(event.detail))"
    )
    view.press("step")
    view.wait(lambda: view.page.evaluate("window.rests.at(-1)?.step") == 1)
    assert view.page.evaluate("window.rests.at(-1)") == {"run": view.run, "step": 1}
    told = view.page.evaluate("window.rests.length")
    view.train_a_little()
    view.wait(lambda: view.page.evaluate("window.rests.at(-1).step") == view.step)
    assert view.page.evaluate("window.rests.length") == told + 1  # Once, and not while it trained.


def test_samples_of_a_task_that_is_no_plane_are_pointed_at_in_their_projection(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?preset=balanced")
    view.press("projection")
    expect(view.root.get_by_role("img", name="Test samples, projected")).to_be_visible()
    legend = view.root.locator(".legend .entry")
    expect(legend).to_have_text(["class", *map(str, range(10))])
    readout = view.button("readout")
    for x in range(30, 70):
        point_at(view, x / 100, 0.5)
        if "Test sample" in readout.inner_text():
            break
    expect(readout).to_have_text(re.compile(r"Test sample \d+, class \d: expert \d"))
    received = view.root.locator(".card .thumbnail")
    assert len({seen(thumbnail) for thumbnail in received.all()}) > 1
