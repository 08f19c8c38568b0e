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


def test_each_card_has_its_own_thumbnail_and_they_follow_training(view: LiveView):
    thumbnails = view.root.locator(".card .thumbnail")
    first = [seen(thumbnail) for thumbnail in thumbnails.all()]
    assert len(set(first)) == 8
    view.press("pace-max")
    view.press("play")
    view.wait(lambda: view.step > 100)
    view.press("play")
    view.wait(lambda: all(seen(thumbnail) != old for thumbnail, old in zip(thumbnails.all(), first, strict=True)))


def test_a_killed_expert_gets_nothing_and_can_be_revived(view: LiveView):
    busiest = max(range(8), key=view.loads.__getitem__) + 1
    card(view, busiest).get_by_role("button", name="Kill").click()
    expect(card(view, busiest)).to_have_attribute("data-condition", "killed")
    view.wait(lambda: view.loads[busiest - 1] == 0)
    assert sum(view.loads) == pytest.approx(1.0, abs=1e-3)
    card(view, busiest).get_by_role("button", name="Revive afresh").click()
    expect(card(view, busiest)).not_to_have_attribute("data-condition", "killed")


def test_freezing_is_said_and_undone(view: LiveView):
    card(view, 2).get_by_role("button", name="Freeze").click()
    expect(card(view, 2)).to_have_attribute("data-condition", "frozen")
    expect(card(view, 2).get_by_text("frozen")).to_be_visible()
    card(view, 2).get_by_role("button", name="Unfreeze").click()
    expect(card(view, 2)).not_to_have_attribute("data-condition", "frozen")


def test_a_clone_and_an_added_expert_have_cards_of_their_own(view: LiveView):
    card(view, 1).get_by_role("button", name="Clone").click()
    expect(view.button("expert-card")).to_have_count(9)
    view.press("add")
    expect(view.button("expert-card")).to_have_count(10)
    expect(card(view, 10)).to_have_attribute("data-condition", "joining")


def test_a_killed_expert_cannot_be_sent_everything_and_the_button_says_why(view: LiveView):
    expect(view.button("force")).to_have_accessible_description(re.compile("Click a card first"))
    card(view, 4).get_by_role("button", name="Expert 4, ").click()
    expect(view.button("force")).to_be_enabled()
    card(view, 4).get_by_role("button", name="Kill").click()
    expect(view.button("force")).to_be_disabled()
    expect(view.button("force")).to_have_accessible_description(re.compile("Expert 4 was killed .* revive it first"))
    view.button("force").click(force=True)
    view.page.wait_for_timeout(300)
    expect(view.button("force")).to_be_visible()  # It would have made room for Release.
    expect(view.button("problem")).to_be_hidden()
    card(view, 4).get_by_role("button", name="Revive afresh").click()
    expect(view.button("force")).to_be_enabled()


def test_everything_is_sent_to_the_chosen_expert_until_it_is_released(view: LiveView):
    expect(view.button("force")).to_be_disabled()
    card(view, 4).get_by_role("button", name="Expert 4, ").click()
    view.press("force")
    view.wait(lambda: view.loads[3] == 1)
    view.press("release")
    view.wait(lambda: view.loads[3] < 1)


def test_of_many_experts_the_chosen_one_has_its_buttons_above(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?num_experts=16")
    expect(view.button("kill")).to_have_count(0)
    hint = view.root.get_by_text("Click a card to freeze, kill or clone it.")
    expect(hint).to_be_visible()
    card(view, 12).get_by_role("button", name="Expert 12, ").click()
    expect(hint).to_be_hidden()
    view.root.get_by_role("button", name="Kill: expert 12").click()
    expect(card(view, 12)).to_have_attribute("data-condition", "killed")


@pytest.mark.parametrize(("button", "setting"), [("new_weights", "weights_draw"), ("new_data", "data_draw")])
def test_another_draw_is_another_run_with_the_same_seed(view: LiveView, button: str, setting: str):
    first = view.loads
    view.press("step")
    view.wait(lambda: view.step == 1)
    view.press(button)
    view.wait(lambda: f"{setting}=1" in view.page.url and view.step == 0)
    assert "seed=3" in view.page.url
    view.wait(lambda: view.loads != first)


def test_new_weights_pressed_twice_are_two_further_draws(view: LiveView):
    seen_loads = [view.loads]
    for address in ("weights_draw=1", "weights_draw=2"):
        view.press("new_weights")
        view.page.wait_for_url(f"**{address}**", wait_until="commit")
        view.wait(lambda: view.loads not in seen_loads)
        seen_loads.append(view.loads)
    view.button("new_weights").dblclick()  # Before the page can have heard of the first of both.
    view.wait(lambda: "weights_draw=4" in view.page.url and view.loads not in seen_loads)
    assert view.step == 0


def test_a_copy_stands_beside_the_run_under_what_differs(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?twin=balance_coefficient:0.5")
    members = view.button("member")
    expect(members).to_have_count(2)
    expect(members.nth(0)).to_have_attribute("aria-label", "As set")
    expect(members.nth(1)).to_have_attribute("aria-label", "Balance coefficient 0.5")
    view.press("pace-10")
    view.press("play")
    view.wait(lambda: view.step > 50)
    view.press("play")
    view.expect_state("paused")
    loads = view.loads
    assert len(loads) == 16
    assert loads[:8] != loads[8:]
    said = view.button("narrator").get_by_role("paragraph")
    for member in range(2):
        expect(said.nth(member)).to_contain_text(members.nth(member).get_attribute("aria-label") or "?")
        narrator, column = said.nth(member).bounding_box(), members.nth(member).bounding_box()
        assert narrator is not None
        assert column is not None
        assert narrator["x"] == pytest.approx(column["x"], abs=1)  # Each above its own column.


def test_of_an_untrained_run_nobody_is_said_to_be_dying(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?preset=balanced")
    assert view.step == 0
    assert min(view.loads) == 0
    expect(view.button("narrator")).not_to_contain_text("dying")


def test_going_back_brings_the_live_settings_of_that_step_back_to_the_page(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?seed=3&learning_rate=0.01")
    view.press("pace-10")
    view.press("play")
    view.wait(lambda: view.step > 100)
    slider = page.get_by_role("slider", name="Learning rate")
    slider.focus()
    slider.press("ArrowRight")
    view.wait(lambda: "learning_rate=0.01" not in page.url)
    changed_at = view.step
    view.wait(lambda: view.step > changed_at + 100)
    view.press("play")
    view.expect_state("paused")
    timeline = view.root.get_by_role("slider")
    timeline.focus()
    timeline.press("Home")
    view.wait(lambda: view.step == 0 and "learning_rate=0.01" in page.url)
    expect(slider).to_have_attribute("aria-valuetext", "0.01", timeout=PATIENCE)


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
