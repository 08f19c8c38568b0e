"""Accuracy by hand."""

import torch

from moe_core.metrics import accuracy


def test_accuracy_is_the_share_whose_highest_score_is_their_labels() -> None:
    scores = torch.tensor([[2.0, 1.0], [0.0, 3.0], [5.0, 4.0], [-1.0, -2.0]])
    assert float(accuracy(scores, torch.tensor([0, 1, 1, 0]))) == 0.75
