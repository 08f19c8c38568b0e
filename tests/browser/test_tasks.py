"""What is shown of each task in a real browser: a plane, a line, a matrix, or a sentence where there is no picture."""

import re
from itertools import pairwise

import pytest
from playwright.sync_api import Page, WebSocketRoute, expect

from moe_core.config import SECTIONS, RunConfig
from moe_core.config.table import variant_name
from moe_core.trainer import Trainer
from server.frames import pack, unpack
from server.live_run import LiveRun
from server.protocol import FrameRequest
from server.rendering import Renderer
from tests.browser.app_server import AppServer
from tests.browser.live_view import PATIENCE, LiveView

pytestmark = pytest.mark.browser


def test_a_function_of_one_input_is_a_line_in_its_owners_stretches(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?task=piecewise&num_experts=5")
    assert view.read("picture") == "line"
    expect(view.root.get_by_role("img", name="Piecewise function. Who owns each stretch")).to_be_visible()
    expect(view.button("owner")).to_be_hidden()
    expect(view.root.get_by_text("test point")).to_be_visible()
    view.press("step")
    view.wait(lambda: view.step == 1)
    stretches = view.summary("Who owns each stretch").split("; ")
    assert all(re.fullmatch(r"expert [1-5] from \S+ to \S+", stretch) for stretch in stretches)
    assert stretches[0].split()[3] == "\N{MINUS SIGN}1.05"
    assert stretches[-1].split()[5] == "1.05"
    owners = [stretch.split()[1] for stretch in stretches]
    assert all(left != right for left, right in pairwise(owners))
    view.root.get_by_role("img", name="Piecewise function").hover()
    expect(view.root.get_by_text(re.compile(r"x = \S+: expert [1-5] at \S+, predicts"))).to_be_visible()


def test_a_regression_has_its_variance_explained_where_others_have_their_accuracy(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?task=piecewise")
    expect(view.root.get_by_role("img", name="Variance explained")).to_be_visible()
    page.get_by_role("combobox", name="Task").click()
    page.get_by_role("option", name="Pinwheel").click()
    expect(view.root.get_by_role("img", name="Accuracy")).to_be_visible()
    expect(view.root).to_have_attribute("data-picture", "plane")


PICTURES = {"piecewise": "line", "digits": "matrix", "breast_cancer": "matrix"}


def test_every_task_that_is_offered_trains_on_the_screen(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?seed=3")
    for variant in SECTIONS["task"]:
        task, title = variant_name("task", variant), vars(variant)["title"]
        if task == "csv":
            continue
        page.get_by_role("combobox", name="Task").click()
        page.get_by_role("option", name=title, exact=True).click()
        expect(view.root.get_by_role("img", name=f"{title}.")).to_be_visible(timeout=PATIENCE)
        expect(view.root).to_have_attribute("data-picture", PICTURES.get(task, "plane"))
        view.train_a_little()


def test_what_has_no_picture_says_so_in_a_sentence(page: Page, server: AppServer):
    header, arrays = unpack(a_frame_of({"task": "piecewise"}))
    kept = {name: arrays[name] for name in ("load", "load_start", "history", "history_load")}
    data = pack(header | {"picture": "none"}, kept)

    def answer(socket: WebSocketRoute) -> None:
        socket.on_message(lambda _: socket.send(data))

    page.route_web_socket("**/live/*", answer)
    view = LiveView(page).open(f"{server.url}/playground?task=piecewise")
    assert view.read("picture") == "none"
    expect(view.root.get_by_text("A table with a number to predict has no picture")).to_be_visible()
    expect(view.root.get_by_role("img", name="Variance explained")).to_be_visible()
    assert len(view.loads) == 8


def a_frame_of(settings: dict[str, object]) -> bytes:
    """A real frame of a run at step 0."""
    run = LiveRun(Trainer(RunConfig.from_settings(settings)))
    return Renderer(now=0.0).frame(run, FrameRequest())


def test_digits_show_the_expert_by_class_matrix(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?preset=balanced")
    view.press("step")
    view.wait(lambda: view.step == 1)
    expect(view.root.get_by_role("img", name="Handwritten digits. Which classes each expert is given")).to_be_visible()
    expect(view.button("owner")).to_be_hidden()
