"""The lecturer's kit: every link opens what its beat shows, and every number was measured."""

import re

import pytest

from tests.pages.opened import ROOT, in_address, open_page
from ui.lecture import Beat, lecture_paths

TEACH = ROOT / "pages" / "learn" / "teach.py"
FILES = {path.stem: path for path in (ROOT / "pages").rglob("*.py")}
BEATS = [beat for path in lecture_paths() for beat in path.beats]


@pytest.mark.parametrize("beat", BEATS, ids=lambda beat: beat.title)
def test_every_link_opens_before_a_room_without_a_warning(beat: Beat):
    app = open_page(FILES[beat.page], **beat.query)
    assert not app.exception
    assert not app.warning
    assert in_address(app, "present") == "1"
    for name, value in beat.query.items():
        # What a page has by itself is not written out again.
        assert name == "preset" or in_address(app, name) == value
    if beat.page != "home":
        assert beat.query.get("preset") in (None, app.session_state[f"{beat.page}.experiment"].preset)
    if beat.press:
        assert app.button(key=f"{beat.page}.try.{beat.press}").label == beat.button
    for name in beat.show:
        assert [widget for kind in ("slider", "select_slider") for widget in app.get(kind) if name in str(widget.key)]


@pytest.mark.parametrize(("path", "minutes"), list(zip(lecture_paths(), (10, 50), strict=True)), ids=("ten", "fifty"))
def test_a_path_takes_as_long_as_it_says(path, minutes: int):
    assert sum(beat.minutes for beat in path.beats) == minutes


def test_numbers_are_those_that_were_measured_and_a_lesson_never_lacks_them():
    for beat in BEATS:
        assert beat.numbers is not None or beat.page in ("home", "playground")
        assert beat.numbers is None or beat.numbers.endswith("Over 20 seeds.")
        assert not re.search(r"\d", re.sub(r"\{[^}]*\}", "", beat.expected or ""))


def test_the_page_has_a_link_and_a_way_without_a_network_for_each_beat():
    app = open_page(TEACH)
    assert not app.exception
    body = "".join(html.proto.body for html in app.get("html"))
    assert body.count("<a ") == len(BEATS) == body.count("Without a network")
