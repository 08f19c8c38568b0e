"""Both themes and both widths: the view is drawn in the theme's colours and nothing runs over the edge."""

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.app_server import ROOT, AppServer
from tests.browser.live_view import LiveView

pytestmark = pytest.mark.browser

BACKGROUNDS = {"light": "rgb(255, 255, 255)", "dark": "rgb(21, 24, 29)"}
TEXTS = {"light": "rgb(31, 38, 48)", "dark": "rgb(228, 232, 237)"}


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("size", [(1280, 800), (390, 844)])
def test_the_page_fits_and_follows_the_theme(browser: Browser, server: AppServer, scheme, size):
    width, height = size
    context = browser.new_context(viewport={"width": width, "height": height}, color_scheme=scheme)
    page = context.new_page()
    view = LiveView(page).open(f"{server.url}/playground")
    background = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert background == BACKGROUNDS[scheme]
    assert view.root.evaluate("root => getComputedStyle(root).color") == TEXTS[scheme]
    box = view.root.bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width == 1280:
        assert box["y"] + box["height"] <= height
    context.close()


def test_the_view_comes_as_one_file_with_all_its_styles(page: Page, server: AppServer):
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    view = LiveView(page).open(f"{server.url}/playground")
    paths = [url.partition("/assets/")[2].partition("?")[0] for url in asked if "/assets/" in url]
    assert sorted(paths) == ["live_view/joined.js", "pretrained/specialists.frame"]
    sheets = view.root.evaluate("root => root.getRootNode().adoptedStyleSheets.map((sheet) => sheet.cssRules.length)")
    assert len(sheets) == len(list((ROOT / "assets" / "live_view" / "styles").glob("*.css")))
    assert all(rules > 0 for rules in sheets)
