"""The lecturer's kit: every link opens what its beat shows, and every number was measured."""

import re

import pytest

from moe_core.config.lesson import NAMES
from tests.pages.opened import ROOT, in_address, open_page
from ui.lecture import Beat, lecture_paths
from ui.lesson import LessonPage

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
        lesson = beat.lesson
        wanted = lesson.tried(beat.variation) if beat.variation else lesson.own.experiment
        assert app.session_state[f"{beat.page}.experiment"] == wanted
    for name in re.findall(r"\{tries\[(\w+)\]", beat.do):
        assert app.button(key=f"{beat.page}.try.{name}").label in beat.filled(beat.do)
    for name in beat.show:
        assert [widget for kind in ("slider", "select_slider") for widget in app.get(kind) if name in str(widget.key)]


@pytest.mark.parametrize(("path", "minutes"), list(zip(lecture_paths(), (10, 50), strict=True)), ids=("ten", "fifty"))
def test_a_path_takes_as_long_as_it_says(path, minutes: int):
    assert sum(beat.minutes for beat in path.beats) == minutes


def test_numbers_are_those_that_were_measured_and_no_beat_lacks_them():
    for beat in BEATS:
        assert beat.numbers
        assert not re.search(r"\d", re.sub(r"\{[^}]*\}", "", f"{beat.do} {beat.expected} {beat.counted}"))


def test_a_range_is_told_apart_from_a_count():
    ten = {beat.title: beat for beat in lecture_paths()[0].beats}
    found = LessonPage("collapse").measured.more
    cure = found["cures"]["loss"]
    assert ten["A cure"].numbers == (
        f"{cure['end']['low']:.1f} to {cure['end']['high']:.1f} effective experts {found['treated']} steps later. "
        f"Lowest to highest of 20 seeds. Of 20 seeds: {cure['cured']} are cured."
    )


def test_what_a_beat_presses_first_is_said_first():
    """Without a cure there is none to remove."""
    (beat,) = [beat for beat in BEATS if beat.title == "Remove the cure"]
    tries = beat.lesson.words.tries
    assert -1 < beat.filled(beat.do).index(tries["loss"].label) < beat.filled(beat.do).index(tries["remove"].label)


def test_specialization_is_in_both_paths_and_every_lesson_in_the_long_one():
    ten, fifty = ({beat.page for beat in path.beats} for path in lecture_paths())
    assert "specialization" in ten
    assert fifty == {"home", *NAMES}


def test_the_page_has_a_link_and_a_way_without_a_network_for_each_beat():
    app = open_page(TEACH)
    assert not app.exception
    body = "".join(html.proto.body for html in app.get("html"))
    assert body.count("<a ") == len(BEATS) == body.count("Without a network") == body.count("<dt>Do</dt>")
