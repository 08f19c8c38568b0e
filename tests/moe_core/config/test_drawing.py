"""Drawn points as text: what is written is what is read, and whatever the pattern allows can be read."""

import re
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from moe_core.config import drawing
from moe_core.config.drawing import (
    DIGITS,
    FINEST,
    MOST_CLASSES,
    MOST_POINTS,
    PATTERN,
    SIDE,
    decode,
    encode,
    num_classes,
)

HALF_A_STEP = SIDE / FINEST

places = st.floats(-SIDE, SIDE)
labels = st.integers(0, MOST_CLASSES - 1)
letters = st.tuples(st.text(DIGITS, min_size=4, max_size=4), labels).map(lambda point: f"{point[0]}{point[1]}")
drawings = st.lists(st.tuples(places, places, labels), min_size=2, max_size=40)


@given(drawings)
def test_points_come_back_to_within_half_a_step(drawn: list[drawing.Point]) -> None:
    back = decode(encode(drawn))
    assert [label for _, _, label in back] == [label for _, _, label in drawn]
    for mine, its in zip(back, drawn, strict=True):
        assert mine[:2] == pytest.approx(its[:2], abs=HALF_A_STEP + 1e-12)


@given(drawings)
def test_what_is_written_is_allowed_and_goes_into_a_url_as_it_is(drawn: list[drawing.Point]) -> None:
    text = encode(drawn)
    assert re.fullmatch(PATTERN, text)
    assert re.fullmatch("[0-9A-Za-z_-]*", text)
    assert len(text) == 5 * len(drawn)


@given(st.lists(letters, min_size=2, max_size=40).map("".join))
def test_whatever_is_allowed_can_be_read_and_is_written_the_same_again(text: str) -> None:
    assert re.fullmatch(PATTERN, text)
    points = decode(text)
    assert len(points) == len(text) / 5
    assert all(-SIDE <= x <= SIDE and -SIDE <= y <= SIDE and 0 <= label < MOST_CLASSES for x, y, label in points)
    assert encode(points) == text
    assert num_classes(text) == len({label for _, _, label in points})


def test_every_place_is_read_and_written_the_same_again() -> None:
    """All 4096 of them, from edge to edge in equal steps."""
    texts = [high + low for high, low in product(DIGITS, DIGITS)]
    found = [decode(text + text + "0")[0][0] for text in texts]
    assert (found[0], found[-1]) == (-SIDE, pytest.approx(SIDE))
    assert found == pytest.approx([-SIDE + step * 2 * SIDE / FINEST for step in range(FINEST + 1)])
    assert [encode([(place, place, 0)]) for place in found] == [text + text + "0" for text in texts]


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_a_place_outside_of_the_plane_is_moved_to_its_edge(x: float, y: float) -> None:
    inside = [min(max(place, -SIDE), SIDE) for place in (x, y)]
    assert encode([(x, y, 3)]) == encode([(inside[0], inside[1], 3)])


def test_a_drawing_by_hand() -> None:
    """The lower left corner is 0000, the upper right is two times the last digit, _ _; -1 is step 768 = 12 x 64."""
    assert encode([(-1.6, -1.6, 0), (1.6, 1.6, 7)]) == "00000____7"
    assert encode([(-1.0, -1.6, 1)]) == "c0001"


@pytest.mark.parametrize(
    "text",
    ["", "00000", "0000000000x", "0000800000", "000000000", "00000 0000", "0000000000\n", "00+0000000", "é000000000"],
)
def test_what_is_no_drawing_does_not_match(text: str) -> None:
    """Too few points, a letter too many, a class too high, a letter missing, and letters that are no digits."""
    assert not re.fullmatch(PATTERN, text)


def test_a_drawing_has_a_thousand_points_at_most() -> None:
    assert re.fullmatch(PATTERN, "00000" * MOST_POINTS)
    assert not re.fullmatch(PATTERN, "00000" * (MOST_POINTS + 1))


def test_there_is_an_example_of_two_classes() -> None:
    assert re.fullmatch(PATTERN, drawing.EXAMPLE)
    points = decode(drawing.EXAMPLE)
    assert len(points) == 36
    assert all(label == (x * y > 0) for x, y, label in points)
