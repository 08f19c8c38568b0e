"""A piece of the program that an exported run is."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Part:
    """title and words   what a reader is told before it
    imports, code        what Python is told; the imports are of this package too
    """

    title: str
    words: str
    imports: str
    code: str


def imported(*things: Any) -> str:
    """Import statements: of functions and classes from where each is defined, and of what is written out already."""
    lines = [
        thing if isinstance(thing, str) else f"from {thing.__module__} import {thing.__name__}" for thing in things
    ]
    return "\n".join(lines)


NUMPY, TORCH, GENERATOR = "import numpy as np", "import torch", "from torch import Generator"
