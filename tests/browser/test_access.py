"""The view for every reader: by name, in forced colours, before a room, on a phone, and without the pictures."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from tests.browser.app_server import AppServer
from tests.browser.live_view import LiveView

pytestmark = pytest.mark.browser


@pytest.fixture(params=["light", "dark"])
def forced(browser: Browser, server: AppServer, request: pytest.FixtureRequest) -> Iterator[LiveView]:
    """The Playground where the system asks for its own colours."""
    context = browser.new_context(
        viewport={"width": 1280, "height": 800}, color_scheme=request.param, forced_colors="active"
    )
    yield LiveView(context.new_page()).open(f"{server.url}/playground")
    context.close()


@pytest.fixture
def phone(browser: Browser, server: AppServer) -> Iterator[LiveView]:
    context = browser.new_context(viewport={"width": 390, "height": 844})
    yield LiveView(context.new_page()).open(f"{server.url}/playground")
    context.close()


COLOURS_OF = "node => { const style = getComputedStyle(node); return [style.color, style.backgroundColor]; }"

NUMBER = """
(canvas, [x, y]) => {
  const side = Math.round(canvas.width / 16);
  const [left, top] = [x * canvas.width - side / 2, y * canvas.height - side / 2];
  const pixels = canvas.getContext("2d").getImageData(left, top, side, side);
  const seen = new Set();
  for (let i = 0; i < pixels.data.length; i += 4) {
    seen.add(`rgb(${pixels.data[i]}, ${pixels.data[i + 1]}, ${pixels.data[i + 2]})`);
  }
  return [...seen];
}
"""


def test_in_forced_colours_what_is_pressed_is_told_from_what_is_not(forced: LiveView):
    pairs = [("pace-2", "pace-10"), ("owner", "prediction"), ("tab-curves", "tab-input")]
    for chosen, other in pairs:
        text, ground = forced.button(chosen).evaluate(COLOURS_OF)
        assert text != ground
        assert ground != forced.button(other).evaluate(COLOURS_OF)[1]
    text, ground = forced.button("play").evaluate(COLOURS_OF)
    assert text != ground


def test_in_forced_colours_the_pictures_are_drawn_in_the_systems_colours(forced: LiveView):
    """An expert's number is in the system's colour of text on its background, which once were one and the same."""
    ground, text = forced.page.evaluate(
        """() => {
          const node = document.body.appendChild(document.createElement("span"));
          const read = (colour) => { node.style.color = colour; return getComputedStyle(node).color; };
          node.style.forcedColorAdjust = "none";
          return [read("Canvas"), read("CanvasText")];
        }"""
    )
    assert ground != text
    seen = set(forced.root.locator("canvas.picture").evaluate(NUMBER, [0.165, 0.165]))
    assert {ground, text} <= seen
    mixture = forced.button("mixture-card").locator("canvas")
    shades = {shade for place in (0.3, 0.5, 0.7) for shade in mixture.evaluate(NUMBER, [place, place])}
    assert len(shades) > 1  # Two classes.
    for line in ("test", "train", "plain", "wide"):
        assert forced.button(f"stroke-{line}").locator(".sample").is_visible()


def test_every_picture_has_words_in_its_place(page: Page, server: AppServer):
    """A canvas is named, or hidden from those who cannot see it because words beside it say the same."""
    view = LiveView(page).open(f"{server.url}/playground")
    for address in ("?task=piecewise", "?preset=balanced", "?preset=own-data", ""):
        view.open(f"{server.url}/playground{address}")
        nameless = "all => all.filter((one) => one.ariaHidden !== 'true' && !one.ariaLabel).map((one) => one.className)"
        assert view.root.locator("canvas").evaluate_all(nameless) == []
    for picture in (
        "Who owns each place",
        "Loss",
        "Accuracy",
        "Effective experts",
        "The load of each expert at each step",
    ):
        expect(view.root.get_by_role("img", name=picture)).to_be_visible()
    expect(view.root.get_by_role("table", name="The live view in numbers")).to_match_aria_snapshot(
        """
- table:
  - caption
  - row "State Paused"
  - row /Step \\d/
  - row /Accuracy \\d/
  - row /plain network \\d/
  - row /wide network \\d/
  - row /Expert 1 \\d/
"""
    )
    assert sum(float(view.summary(f"Expert {expert}").removesuffix("%")) for expert in range(1, 9)) == pytest.approx(
        100, abs=0.5
    )


def test_the_matrix_is_told_in_words_too(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?preset=balanced")
    busiest = max(range(8), key=view.loads.__getitem__)
    load, given = view.summary(f"Expert {busiest + 1}").split(", by class: ")
    assert float(load.removesuffix("%")) == pytest.approx(100 * view.loads[busiest], abs=0.06)
    shares = re.findall(r"(\d): (\d+\.\d)%", given)
    assert len(shares) > 1
    assert sum(float(share) for _, share in shares) == pytest.approx(100, abs=0.5)


def test_on_a_phone_every_button_has_a_name_and_the_transport_shows_it(phone: LiveView):
    nameless = """all => all
      .filter((one) => one.checkVisibility({ visibilityProperty: true }))
      .filter((one) => !one.ariaLabel && !one.innerText.trim())
      .map((one) => one.outerHTML)"""
    assert phone.root.locator("button").evaluate_all(nameless) == []
    words = {"play": "Play", "step": "Step", "rewind": "Rewind", "new_weights": "New weights", "new_data": "New data"}
    for name, word in words.items():
        expect(phone.button(name).get_by_text(word)).to_be_visible()
        assert inside(phone.button(name).get_by_text(word), phone.button(name))
    expect(phone.root.get_by_role("button", name="Add expert")).to_be_visible()
    expect(phone.root.get_by_role("button", name="Send all")).to_be_visible()


def inside(inner: Locator, outer: Locator) -> bool:
    one, other = inner.bounding_box(), outer.bounding_box()
    assert one is not None
    assert other is not None
    return other["x"] <= one["x"] and one["x"] + one["width"] <= other["x"] + other["width"] <= 390


def test_before_a_room_no_number_of_the_curves_is_left_out(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?seed=3&present=1")
    view.train_a_little()
    columns = ["test_loss", "plain_test_loss", "wide_test_loss", "test_score", "plain_test_score", "wide_test_score"]
    for column in [*columns, "effective_experts", "balance_loss"]:
        expect(view.button(column)).to_be_visible()
        expect(view.button(column)).to_have_text(re.compile(r"\d"))
        assert view.button(column).evaluate("node => node.scrollWidth <= node.clientWidth + 1")
    narrator = view.button("narrator").bounding_box()
    assert narrator is not None
    assert narrator["y"] + narrator["height"] <= 800


def test_the_words_of_the_curves_take_their_line_out_and_bring_it_back(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?seed=3")
    view.train_a_little()
    loss = view.root.get_by_role("img", name="Loss")
    shown = loss.evaluate("canvas => canvas.toDataURL()")
    wide = view.button("stroke-wide")
    wide.click()
    expect(wide).to_have_attribute("aria-pressed", "false")
    view.wait(lambda: loss.evaluate("canvas => canvas.toDataURL()") != shown)
    wide.focus()
    page.keyboard.press("Enter")
    expect(wide).to_have_attribute("aria-pressed", "true")
    view.wait(lambda: loss.evaluate("canvas => canvas.toDataURL()") == shown)
    page.keyboard.press("Space")
    expect(wide).to_have_attribute("aria-pressed", "false")
    view.expect_state("paused")  # The key pressed the word, and not play.
