"""What a person brings, in a real browser: drawn points and a table."""

import re
from collections.abc import Iterator

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from moe_core.config import drawing
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
    expect(board.says).to_have_text("No points: the run keeps those it had. Draw inside the dashed line.")
    board.drag((-1.0, 1.0), (1.0, 1.0))
    expect(board.says).to_have_text(
        "One class only: the run keeps the points it had. Choose another shape and draw some of it."
    )
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
    expect(board.says).to_have_text(re.compile("One class only"))


def test_no_other_task_is_drawn_on(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?task=moons")
    expect(view.button("draw")).to_be_hidden()


FLOWERS = "\n".join(
    ["length,width,kind", *(f"{i % 7},{i * i % 11}.5,{('rose', 'aster', 'lily')[i % 3]}" for i in range(120))]
)


SIZES = [(1280, 800), (390, 844)]


@pytest.mark.parametrize("size", SIZES)
def test_a_table_is_loaded_and_learned_from_and_this_is_said_in_sight(page: Page, server: AppServer, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    view = LiveView(page).open(f"{server.url}/playground")
    load(page, "flowers.csv", FLOWERS.encode())
    choose(page, "Column to predict", "kind")
    said = page.get_by_text("The run learns from 120 rows: 2 columns to predict kind")
    expect(said).to_be_in_viewport(ratio=1, timeout=PATIENCE)
    expect(view.root).to_have_attribute("data-picture", "matrix", timeout=PATIENCE)
    expect(said).to_be_in_viewport(ratio=1)
    view.train_a_little()


@pytest.mark.parametrize("size", SIZES)
def test_what_is_wrong_with_a_file_is_said_in_a_sentence_in_sight(page: Page, server: AppServer, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    view = LiveView(page).open(f"{server.url}/playground")
    load(page, "picture.csv", bytes(range(256)) * 10)
    page.get_by_test_id("stFileUploader").evaluate("uploader => uploader.scrollIntoView({ block: 'center' })")
    expect(page.get_by_text("The file is not text: byte 1 is zero")).to_be_in_viewport(ratio=1, timeout=PATIENCE)
    load(page, "words.csv", FLOWERS.encode())
    choose(page, "Column to predict", "width")
    expect(page.get_by_text('Column "kind", row 2 holds "rose"')).to_be_in_viewport(ratio=1, timeout=PATIENCE)
    assert view.connected


def test_a_list_stays_open_while_the_page_runs_again(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground")
    load(page, "flowers.csv", FLOWERS.encode())
    open_list(page, "Column to predict")
    view.button("new_weights").dispatch_event("click")  # Without the pointer, which would close the list itself.
    view.wait(lambda: "weights_draw" in page.url)
    page.wait_for_timeout(500)
    expect(page.get_by_role("option")).to_have_count(3)


def load(page: Page, name: str, content: bytes) -> None:
    if not page.get_by_text("A table to learn from").is_visible():
        page.get_by_text("Own data: load a CSV file").click()
    page.locator("input[type=file]").set_input_files({"name": name, "mimeType": "text/csv", "buffer": content})


def choose(page: Page, label: str, option: str) -> None:
    open_list(page, label)
    page.get_by_role("option", name=option).click()


def open_list(page: Page, label: str) -> None:
    """Open a list that is in sight and at rest: one that is scrolled closes, as every such list of a browser does."""
    box = page.get_by_role("combobox", name=label)
    box.scroll_into_view_if_needed()
    page.wait_for_timeout(500)
    box.click()
    expect(page.get_by_role("option").first).to_be_visible()
