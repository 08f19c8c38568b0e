"""How often a classifier is right."""

from torch import Tensor


def accuracy(scores: Tensor, labels: Tensor) -> Tensor:
    """Share of examples whose highest score is their label's: (T, C) and (T,) to a scalar, 0 to 1."""
    return (scores.argmax(-1) == labels).float().mean()
