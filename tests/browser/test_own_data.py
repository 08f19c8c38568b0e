"""What a person brings and takes away: drawn points, a table, exports and a picture, in a real browser."""

import json
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import nbformat
import numpy as np
import pytest
from PIL import Image
from playwright.sync_api import BrowserContext, Page, expect
from safetensors.numpy import load_file

from moe_core.config import RunConfig, drawing
from server import frames
from tests.browser.app_server import AppServer, free_port
from tests.browser.live_view import PATIENCE, LiveView

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[AppServer]:
    """An app that keeps tables in a folder of this test's own."""
    with pytest.MonkeyPatch.context() as environment:
        environment.setenv("MOE_LAB_TABLES", str(tmp_path_factory.mktemp("tables")))
        server = AppServer(free_port())
    yield server
    server.stop()


class Board:
    """The drawing board of a live view, in the coordinates of the plane."""

    def __init__(self, view: LiveView) -> None:
        self.view = view
        self.mouse = view.page.mouse
        self.canvas = view.button("board")
        self.says = view.button("draw-says")

    def open(self) -> "Board":
        self.view.press("draw")
        expect(self.canvas).to_be_visible()
        return self

    def at(self, x: float, y: float) -> tuple[float, float]:
        box = self.canvas.bounding_box()
        assert box is not None
        return box["x"] + (x + 2) / 4 * box["width"], box["y"] + (2 - y) / 4 * box["height"]

    def click(self, x: float, y: float) -> None:
        self.mouse.click(*self.at(x, y))

    def drag(self, start: tuple[float, float], end: tuple[float, float]) -> None:
        self.mouse.move(*self.at(*start))
        self.mouse.down()
        self.mouse.move(*self.at(*end), steps=15)
        self.mouse.up()

    @property
    def drawn(self) -> list[drawing.Point]:
        """The points of the page's address."""
        text = re.search(r"[?&]points=([\w-]+)", self.view.page.url)
        return drawing.decode(text[1]) if text else []


def frames_of(page: Page) -> list[bytes]:
    """The frames of the page's run as they come."""
    seen: list[bytes] = []

    def keep(data: str | bytes) -> None:
        if isinstance(data, bytes) and frames.is_frame(data):
            seen.append(data)

    page.on("websocket", lambda socket: socket.on("framereceived", keep))
    return seen


def latest_points(seen: list[bytes]) -> tuple[np.ndarray, np.ndarray]:
    """The points, and their classes, of the last run that sent some."""
    for data in reversed(seen):
        _, arrays = frames.unpack(data)
        if "points" in arrays:
            return arrays["points"], arrays["point_targets"]
    raise AssertionError("no frame held points")


DRAWN = "/playground?preset=own-data&noise=0"


@pytest.fixture
def board(page: Page, server: AppServer) -> Board:
    return Board(LiveView(page).open(f"{server.url}{DRAWN}")).open()


def test_browser_and_server_write_points_alike(page: Page, server: AppServer):
    page.goto(f"{server.url}/assets/live_view/labels.en.json")
    rng = np.random.default_rng(0)
    points = [(float(x), float(y), int(label)) for x, y, label in rng.uniform([-1.8, -1.8, 0], [1.8, 1.8, 8], (300, 3))]
    text = drawing.encode(points)
    limits, again, decoded = page.evaluate(
        """async ([points, text]) => {
            const drawing = await import("/assets/live_view/drawing.js");
            const limits = [drawing.SIDE, drawing.MOST_CLASSES, drawing.MOST_POINTS];
            return [limits, drawing.encode(points), drawing.decode(text)];
        }""",
        [points, text],
    )
    assert limits == [drawing.SIDE, drawing.MOST_CLASSES, drawing.MOST_POINTS]
    assert again == text
    assert np.array(decoded) == pytest.approx(np.array(drawing.decode(text)))


def test_drawn_points_are_what_the_run_learns_from(page: Page, server: AppServer):
    seen = frames_of(page)
    board = Board(LiveView(page).open(f"{server.url}{DRAWN}")).open()
    board.view.press("draw-clear")
    board.click(-1.2, 1.2)
    board.drag((-1.0, 0.5), (1.0, 0.5))
    board.view.press("draw-class-1")
    board.drag((-1.0, -0.5), (1.0, -0.5))
    board.view.wait(lambda: len(board.drawn) > 20 and board.view.step == 0)
    drawn = board.drawn
    assert drawn[0] == pytest.approx((-1.2, 1.2, 0), abs=0.02)
    assert {label for _, _, label in drawn} == {0, 1}
    expect(board.says).to_have_text(f"{len(drawn)} points in 2 classes.")

    # Without noise each example repeats a drawn point, so every place that is shown is one that was drawn.
    def shown_are_drawn() -> bool:
        points, targets = latest_points(seen)
        shown = np.column_stack([points, targets])
        distances = np.abs(shown[:, None] - np.array(drawn)[None]).max(axis=2)
        return bool((distances.min(axis=1) < 1e-5).all() and (distances.min(axis=0) < 1e-5).all())

    board.view.wait(shown_are_drawn)
    board.view.train_a_little()
    assert board.drawn == drawn


def test_a_third_class_is_offered_once_both_have_points_and_then_learned(board: Board):
    board.view.press("draw-clear")
    expect(board.view.button("draw-more")).to_be_disabled()
    for label, y in enumerate((1.0, -1.0)):
        board.view.press(f"draw-class-{label}")
        board.drag((-1.0, y), (1.0, y))
    board.view.press("draw-more")
    board.drag((-1.0, 0.0), (1.0, 0.0))
    board.view.wait(lambda: {label for _, _, label in board.drawn} == {0, 1, 2})
    expect(board.view.root.locator(".legend .mark")).to_have_count(3, timeout=PATIENCE)
    board.view.train_a_little()


def test_one_class_alone_is_refused_in_a_sentence_and_nothing_is_lost(board: Board):
    before = board.view.page.url
    board.view.press("draw-clear")
    expect(board.says).to_have_text("Nothing is drawn: click or drag inside the dashed line.")
    board.drag((-1.0, 1.0), (1.0, 1.0))
    expect(board.says).to_have_text("There is only one class: choose another shape and draw some of it.")
    board.view.page.wait_for_timeout(800)
    assert board.view.page.url == before
    points = int(board.view.root.locator(".board").get_attribute("data-points") or 0)
    assert points > 10
    board.view.press("draw-class-1")
    board.click(0.0, -1.0)
    board.view.wait(lambda: len(board.drawn) == points + 1)


def test_strokes_can_be_taken_back_one_by_one(board: Board):
    board.view.press("draw-clear")
    board.click(-1.0, 1.0)
    board.view.press("draw-class-1")
    board.click(1.0, 1.0)
    board.view.wait(lambda: len(board.drawn) == 2)
    board.drag((-1.0, -1.0), (1.0, -1.0))
    board.view.wait(lambda: len(board.drawn) > 10)
    board.view.press("draw-undo")
    board.view.wait(lambda: len(board.drawn) == 2)
    for _ in range(3):
        board.view.press("draw-undo")
    expect(board.says).to_have_text("48 points in 2 classes.")


def test_the_keyboard_draws(board: Board):
    board.view.press("draw-clear")
    keyboard = board.view.page.keyboard
    board.canvas.focus()
    for _ in range(4):
        keyboard.press("Shift+ArrowLeft")
    keyboard.press("ArrowUp")
    keyboard.press("Enter")
    keyboard.press("1")
    for _ in range(8):
        keyboard.press("Shift+ArrowRight")
    keyboard.press("Enter")
    board.view.wait(lambda: len(board.drawn) == 2)
    expect(board.says).to_have_text("At (1.00, 0.05). 2 points in 2 classes.")
    assert np.array(board.drawn) == pytest.approx(np.array([(-1.0, 0.05, 0), (1.0, 0.05, 1)]), abs=0.001)
    keyboard.press("Backspace")
    expect(board.says).to_have_text(re.compile("There is only one class"))


def test_no_other_task_is_drawn_on(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?task=moons")
    expect(view.button("draw")).to_be_hidden()


FLOWERS = "\n".join(
    ["length,width,kind", *(f"{i % 7},{i * i % 11}.5,{('rose', 'aster', 'lily')[i % 3]}" for i in range(120))]
)


def test_a_table_is_loaded_and_learned_from(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground")
    load(page, "flowers.csv", FLOWERS.encode())
    page.get_by_role("combobox", name="Column to predict").click()
    page.get_by_role("option", name="kind").click()
    expect(view.root).to_have_attribute("data-picture", "matrix", timeout=PATIENCE)
    expect(page.get_by_text("The run learns from 120 rows: 2 columns to predict kind")).to_be_visible()
    view.train_a_little()


def test_a_file_that_is_no_table_is_answered_in_a_sentence(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground")
    load(page, "picture.csv", bytes(range(256)) * 10)
    expect(page.get_by_text("The file is not text: byte 1 is zero")).to_be_visible()
    assert view.connected


def load(page: Page, name: str, content: bytes) -> None:
    page.get_by_text("Own data: load a CSV file").click()
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})


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


def test_the_picture_holds_the_view(view: LiveView, tmp_path):
    with Image.open(taken(view, "picture.png", tmp_path)) as picture:
        assert picture.format == "PNG"
        assert 1500 <= picture.width <= 3000
        assert 1000 <= picture.height <= 4000
        colours = {colour for _, colour in picture.convert("RGB").getcolors(maxcolors=10**7) or []}
    experts = json.loads(Path("assets/live_view/palette.json").read_text())["experts"][:4]
    assert {tuple(bytes.fromhex(colour[1:])) for colour in experts} <= colours


def test_the_link_is_copied_and_opens_the_same_experiment(view: LiveView, context: BrowserContext):
    context.grant_permissions(["clipboard-read", "clipboard-write"])
    view.press("export")
    view.press("export-link")
    expect(view.button("export-says")).to_have_text("The link is copied.")
    assert view.page.evaluate("navigator.clipboard.readText()") == view.page.url
    assert "num_experts=4" in view.page.url


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
