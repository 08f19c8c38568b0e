"""What a person takes away, in a real browser: the run as files, a picture of the view, and the link."""

import json
import tomllib
from pathlib import Path

import nbformat
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect
from safetensors.numpy import load_file

from moe_core.config import RunConfig
from tests.browser.app_server import AppServer
from tests.browser.live_view import LiveView

pytestmark = pytest.mark.browser


@pytest.fixture
def view(page: Page, server: AppServer) -> LiveView:
    """A run that was trained a little, so that there is something to take away."""
    view = LiveView(page).open(f"{server.url}/playground?num_experts=4")
    view.train_a_little()
    return view


def taken(view: LiveView, file: str, folder: Path) -> Path:
    """A file from the Export menu."""
    view.press("export")
    with view.page.expect_download() as download:
        view.press(f"export-{file}")
    path = folder / file
    download.value.save_as(path)
    return path


def test_each_file_of_the_export_menu_downloads_and_parses(view: LiveView, tmp_path):
    script = taken(view, "script.py", tmp_path).read_text()
    compile(script, "script.py", "exec")
    assert "num_experts" in script
    notebook = nbformat.read(taken(view, "notebook.ipynb", tmp_path), as_version=4)
    nbformat.validate(notebook)
    tensors = load_file(taken(view, "weights.safetensors", tmp_path))
    assert any("router" in name for name in tensors)
    header, *rows = taken(view, "metrics.csv", tmp_path).read_text().strip().splitlines()
    assert header.split(",")[0] == "step"
    assert {"test_loss", "effective_experts"} <= set(header.split(","))
    assert 0 < float(rows[-1].split(",")[0]) <= view.step
    settings = tomllib.loads(taken(view, "settings.toml", tmp_path).read_text())
    config = RunConfig.from_settings(settings.get("settings", settings))
    assert config.model.num_experts == 4


def test_the_copy_beside_a_run_is_taken_away_by_itself(page: Page, server: AppServer, tmp_path):
    view = LiveView(page).open(f"{server.url}/playground?twin=balance_coefficient:0.5")
    coefficients = []
    for choice in ("export-run-1", "export-run-2"):
        view.press("export")
        view.press(choice)
        view.press("export")
        settings = tomllib.loads(taken(view, "settings.toml", tmp_path).read_text())
        coefficients.append(settings["settings"]["balance_coefficient"])
    assert coefficients == [0.1, 0.5]


def test_the_picture_holds_the_view(view: LiveView, tmp_path):
    with Image.open(taken(view, "picture.png", tmp_path)) as picture:
        assert picture.format == "PNG"
        assert 1500 <= picture.width <= 3000
        assert 1000 <= picture.height <= 4000
        colours = {colour for _, colour in picture.convert("RGB").getcolors(maxcolors=10**7) or []}
    experts = json.loads(Path("assets/live_view/palette.json").read_text())["experts"][:4]
    assert {tuple(bytes.fromhex(colour[1:])) for colour in experts} <= colours


KEEP_SIZES = """
const { drawImage } = CanvasRenderingContext2D.prototype;
window.drawnInto = [];
CanvasRenderingContext2D.prototype.drawImage = function (image, left, top, width, height) {
  if (!this.canvas.isConnected && width > 200) {
    window.drawnInto.push([image.width, Math.round(width * this.getTransform().a)]);
  }
  return drawImage.apply(this, arguments);
};
"""
"""Of what is drawn into the file: how many pixels it has across, and how many it takes there."""


def test_the_picture_is_drawn_as_sharp_as_its_file_is(page: Page, server: AppServer, tmp_path):
    page.add_init_script(KEEP_SIZES)
    view = LiveView(page).open(f"{server.url}/playground?num_experts=4&seed=3")
    picture = view.root.locator("canvas.picture")
    shown = "canvas => [canvas.width, canvas.toDataURL()]"
    before = picture.evaluate(shown)
    taken(view, "picture.png", tmp_path)
    drawn = page.evaluate("window.drawnInto")
    assert len(drawn) == 5  # The plane, three curves and the stream.
    assert all(across >= taking for across, taking in drawn), drawn
    assert picture.evaluate(shown) == before


def test_the_link_is_copied_and_opens_the_same_experiment(view: LiveView, context: BrowserContext):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    view.press("export")
    view.press("export-link")
    expect(view.button("export-says")).to_have_text("The link is copied.")
    assert view.page.evaluate("navigator.clipboard.readText()") == view.page.url
    assert "num_experts=4" in view.page.url


def test_the_link_of_a_run_that_something_was_done_to_says_what_it_leaves_out(view: LiveView, context: BrowserContext):
    """A kill stands in no address. Rewind gives the present settings from step 0: then the link holds it all again."""
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    hint = view.button("export-link").locator(".export-hint")
    expect(hint).to_have_text("the same experiment, from step 0")
    view.root.get_by_test_id("expert-card").nth(2).get_by_test_id("kill").click()
    expect(hint).to_have_text("the settings of now, from step 0, without what was done on the way")
    view.press("export")
    view.press("export-link")
    expect(view.button("export-says")).to_contain_text("leaves out what was done on the way (1 command)")
    assert "kill" not in view.page.url
    view.page.keyboard.press("Escape")
    view.press("rewind")
    expect(hint).to_have_text("the same experiment, from step 0")


def test_the_export_menu_is_worked_by_keyboard(view: LiveView):
    button, menu = view.button("export"), view.root.get_by_role("menu", name="Export")
    step = view.step
    button.focus()
    view.page.keyboard.press("ArrowDown")
    expect(menu).to_be_visible()
    expect(view.button("export-link")).to_be_focused()
    view.page.keyboard.press("ArrowDown")
    expect(view.button("export-script.py")).to_be_focused()
    view.page.keyboard.press("End")
    expect(view.button("export-picture.png")).to_be_focused()
    view.page.keyboard.press("Escape")
    expect(menu).to_be_hidden()
    expect(button).to_be_focused()
    expect(button).to_have_attribute("aria-expanded", "false")
    assert view.step == step


def test_files_wait_for_a_connection_and_say_so(page: Page, server: AppServer):
    page.route_web_socket("**/live/*", lambda socket: None)
    page.goto(f"{server.url}/playground")
    view = LiveView(page)
    view.wait(lambda: view.root.count() == 1 and view.step == 1000)
    view.press("export")
    expect(view.button("export-script.py")).to_have_attribute("aria-disabled", "true")
    assert view.button("export-script.py").get_attribute("href") is None
    expect(view.button("export-says")).to_have_text("The files come from the run, and it is not connected yet.")
