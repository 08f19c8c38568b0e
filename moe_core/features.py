"""What the models see of a point on the plane: its two coordinates and, where it is asked for, functions of these.

    squares: x_1^2, x_2^2, x_1 x_2        waves: sin(pi x_1), sin(pi x_2)

What is linear in the features need not be linear on the plane: with squares the borders of a linear router, and of a
linear expert, are conics, circles among them (Cover 1965, IEEE Transactions on Electronic Computers EC-14:326). The
functions are those of TensorFlow's Playground (Smilkov et al. 2017, arXiv 1708.03788), but for the period of the waves:
its picture is 12 wide and holds 1.9 periods of sin(x), ours are 3.2 or 4 wide and hold 1.6 or 2 of sin(pi x). So there
is one period from -1 to 1, where most of the data lies.

They are computed once, when a run begins: to the models they are inputs as any other. The coordinates come first.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from moe_core.config.features import names_of

FUNCTIONS: dict[str, Callable[[Tensor, Tensor], Tensor]] = {
    "x₁": lambda x1, x2: x1,
    "x₂": lambda x1, x2: x2,
    "x₁²": lambda x1, x2: x1 * x1,
    "x₂²": lambda x1, x2: x2 * x2,
    "x₁x₂": lambda x1, x2: x1 * x2,
    "sin πx₁": lambda x1, x2: torch.sin(math.pi * x1),
    "sin πx₂": lambda x1, x2: torch.sin(math.pi * x2),
}


def basis_expansion(places: Tensor, features: str) -> Tensor:
    """Places (..., 2) as the models see them (..., D): D is 2, with squares 5, with waves 4, with all 7.

    Coordinates alone are given back as they are.
    """
    if features == "coordinates":
        return places
    coordinates = places.unbind(-1)
    return torch.stack([FUNCTIONS[name](*coordinates) for name in names_of(features)], dim=-1)
