"""Points that a person drew, as a text short enough for a URL: five letters a point, two for x, two for y, one class.

A place is a whole number from 0 (-1.6) to 4095 (1.6), in two digits to the base 64, so a step is under a thousandth of
the plane. A class is one digit to the base 64.
"""

from collections.abc import Iterable
from string import ascii_letters, digits

DIGITS = digits + ascii_letters + "-_"
"""The digits to the base 64, all of which a URL takes as they are."""

SIDE = 1.6
"""The plane that is drawn on reaches from -SIDE to SIDE in both directions."""

FINEST = 64**2 - 1
MOST_CLASSES = 8
MOST_POINTS = 1000
PATTERN = f"^([0-9A-Za-z_-]{{4}}[0-{MOST_CLASSES - 1}]){{2,{MOST_POINTS}}}$"

Point = tuple[float, float, int]
"""x, y and class."""


def encode(points: Iterable[Point]) -> str:
    """Points to text. A place outside of the plane is moved to its edge."""
    return "".join(_place(x) + _place(y) + DIGITS[label] for x, y, label in points)


def decode(text: str) -> list[Point]:
    """Text to points. The text matches PATTERN."""
    return [(_number(text[i : i + 2]), _number(text[i + 2 : i + 4]), int(text[i + 4])) for i in range(0, len(text), 5)]


def num_classes(text: str) -> int:
    """How many classes were drawn. They count from 0 without a gap, whatever numbers were drawn with."""
    return len(set(text[4::5]))


def _place(coordinate: float) -> str:
    step = round((min(max(coordinate, -SIDE), SIDE) + SIDE) / (2 * SIDE) * FINEST)
    return DIGITS[step // 64] + DIGITS[step % 64]


def _number(place: str) -> float:
    step = DIGITS.index(place[0]) * 64 + DIGITS.index(place[1])
    return step / FINEST * 2 * SIDE - SIDE


EXAMPLE = encode(
    (0.9 * x + 0.2 * dx, 0.9 * y + 0.2 * dy, int(x * y > 0))
    for x in (-1, 1)
    for y in (-1, 1)
    for dx in (-1, 0, 1)
    for dy in (-1, 0, 1)
)
"""Nine points in each of four corners, opposite corners of one class."""
