"""What the models see of a point on the plane: the choices, and what each adds to the two coordinates. No torch."""

from typing import Literal

Features = Literal["coordinates", "squares", "waves", "all"]

COORDINATES = ("x₁", "x₂")
SQUARES = ("x₁²", "x₂²", "x₁x₂")
WAVES = ("sin πx₁", "sin πx₂")

ADDED: dict[str, tuple[str, ...]] = {
    "coordinates": (),
    "squares": SQUARES,
    "waves": WAVES,
    "all": SQUARES + WAVES,
}
"""What each choice adds to the coordinates."""


def names_of(features: str) -> tuple[str, ...]:
    """All that the models see of a point, by name."""
    return COORDINATES + ADDED[features]
