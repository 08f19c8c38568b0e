"""Who suffers when an expert is missing, by hand."""

import torch

from moe_core.metrics import fall_by_label


def test_the_fall_on_each_label_is_the_mean_over_its_tokens() -> None:
    right = torch.tensor([1.0, 1.0, 1.0, 0.0])
    without = torch.tensor([[0.0, 1.0, 1.0, 0.0], [1.0, 1.0, 0.0, 1.0]])
    labels = torch.tensor([0, 0, 1, 1])
    falls = fall_by_label(right, without, labels, 2)
    torch.testing.assert_close(falls, torch.tensor([[0.5, 0.0], [0.0, 0.0]]))


def test_a_label_that_no_token_has_is_not_known() -> None:
    falls = fall_by_label(torch.ones(2), torch.zeros(1, 2), torch.tensor([0, 0]), 2)
    assert falls[0, 0] == 1.0
    assert falls[0, 1].isnan()
