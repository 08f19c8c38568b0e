"""Up to four runs side by side: told apart in the first screenful, taken away one by one, exported each by itself."""

import tomllib

import pytest
from playwright.sync_api import Browser, Page, expect

from moe_core.config import RunConfig, presets
from tests.browser.app_server import AppServer
from tests.browser.drawn_parts import run
from tests.browser.live_view import LiveView

pytestmark = pytest.mark.browser

OTHERS = ["balance_coefficient:0.5", "learning_rate:0.1,k:2", "router:dense"]
FIRST = "Balance coefficient 0.1, Experts per token (k) 1, Learning rate 0.02, Router Top-k, Balancer Switch loss"
NAMES = [FIRST, "Balance coefficient 0.5", "Experts per token (k) 2, Learning rate 0.1"]
DENSE = "Router Dense (every expert), Balancer None"


def opened(page: Page, server: AppServer, others: list[str]) -> LiveView:
    return LiveView(page).open(f"{server.url}/playground?twin={';'.join(others)}")


@pytest.mark.parametrize("count", [3, 4])
def test_what_tells_them_apart_is_in_the_first_screenful(page: Page, server: AppServer, count: int):
    view = opened(page, server, OTHERS[4 - count :])
    members = view.button("member")
    expect(members).to_have_count(count)
    for parts in (".member-head", ".picture", ".cards", ".charts"):
        boxes = [part.bounding_box() for part in members.locator(parts).all()]
        assert len(boxes) == count
        assert all(box and box["width"] > 100 and box["y"] + box["height"] <= 800 for box in boxes)
        # What belongs together stands in one line, however long the names above are.
        assert len({round(box["y"] + box["height"]) for box in boxes if box}) == 1
        assert len({round(box["x"]) for box in boxes if box}) == count
    assert page.evaluate("document.documentElement.scrollWidth") <= 1280


def test_on_a_phone_two_stand_beside_each_other_and_nothing_runs_over_the_edge(browser: Browser, server: AppServer):
    context = browser.new_context(viewport={"width": 390, "height": 844})
    page = context.new_page()
    view = opened(page, server, OTHERS)
    boxes = [member.bounding_box() for member in view.button("member").all()]
    assert len({round(box["y"]) for box in boxes if box}) == 2
    assert len({round(box["x"]) for box in boxes if box}) == 2
    assert all(box and box["x"] >= 0 and box["x"] + box["width"] <= 390 for box in boxes)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    context.close()


def test_each_column_names_all_that_it_has_otherwise_and_leaves_alone(page: Page, server: AppServer):
    view = opened(page, server, OTHERS)
    members = view.button("member")
    for number, name in enumerate([*NAMES, DENSE]):
        expect(members.nth(number)).to_have_attribute("aria-label", name)
    view.train_a_little()
    step = view.step
    page.get_by_role("button", name="Balance coefficient 0.5").click()
    expect(members).to_have_count(3)
    expect(members.nth(1)).to_have_attribute("aria-label", NAMES[2])
    assert view.step == step
    page.get_by_role("button", name="Stop comparing").click()
    expect(members).to_have_count(1)
    assert view.step == step
    assert "twin" not in page.url


def test_every_member_is_exported_with_its_own_settings(page: Page, server: AppServer):
    view = opened(page, server, OTHERS)
    first = presets.load("specialists").config
    wanted = [
        first,
        first.merge({"balance_coefficient": 0.5})[0],
        first.merge({"learning_rate": 0.1, "k": 2})[0],
        first.merge({"router": "dense", "balancer": "none"})[0],
    ]
    for number, config in enumerate(wanted):
        files = {
            name: page.request.get(f"{server.url}/live/{view.run}/export/{name}?member={number}")
            for name in ("settings.toml", "script.py")
        }
        assert all(file.ok for file in files.values())
        assert RunConfig.from_settings(tomllib.loads(files["settings.toml"].text())["settings"]) == config
        script = files["script.py"].text()
        assert f'{{"params": list(router.parameters()), "lr": {config.training.learning_rate}}}' in script
        assert ("router = DenseRouter(" in script) == (number == 3)
        assert ("SwitchLoss(balance_coefficient=0.5)" in script) == (number == 1)
        assert ("    k=2," in script) == (number == 2)


def test_of_a_group_that_went_back_the_page_is_told_whose_settings_are_other_than_it_says(parts: Page):
    reports = run(
        parts,
        """
        const { GoingBack } = await load("going_back");
        const member = (settings) => ({ step: 20, settings: { temperature: 1, ...settings } });
        const group = [{ rate: 0.1 }, { rate: 0.1, k: 2 }, { rate: 0.5 }].map(member);
        return [[{ k: 2 }, { rate: 0.5 }], [{ k: 2 }, { rate: 0.7 }]].map((others) => {
          const back = new GoingBack();
          back.ask(20);
          return back.arrived(group, { rate: 0.1 }, others);
        });
        """,
    )
    assert reports == [None, {"settings": {}, "members": [{}, {"rate": 0.5}]}]


CUT = """all => all.filter((one) => one.scrollWidth > one.clientWidth + 1).map((one) => one.textContent)"""
"""What has no room for all of its words."""


@pytest.mark.parametrize("query", ["", "present=1&"])
def test_four_have_room_for_their_scores_tabs_and_titles(page: Page, server: AppServer, query: str):
    view = LiveView(page).open(f"{server.url}/playground?{query}twin={';'.join(OTHERS)}")
    expect(view.button("member")).to_have_count(4)
    assert view.root.locator(".mixture").evaluate_all(CUT) == []
    assert view.root.locator(".chart-title").evaluate_all(CUT) == []
    for member in view.button("member").all():
        box, tab = member.bounding_box(), member.get_by_role("tab").last.bounding_box()
        assert box is not None
        assert tab is not None
        assert tab["x"] + tab["width"] <= box["x"] + box["width"]


def test_the_table_of_a_narrow_member_has_all_of_its_width(page: Page, server: AppServer):
    view = LiveView(page).open(f"{server.url}/playground?preset=collapse&twin={';'.join(OTHERS[:1] * 2)}")
    expect(view.button("member")).to_have_count(3)
    for member in view.button("member").all():
        picture, column = member.locator("canvas.picture").bounding_box(), member.bounding_box()
        assert picture is not None
        assert column is not None
        assert picture["width"] > 0.95 * column["width"] > picture["height"]
