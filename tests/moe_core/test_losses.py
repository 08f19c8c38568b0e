"""The load-balancing loss by hand."""

import pytest
import torch

from moe_core.losses import load_balancing_loss
from tests.moe_core.cases import routing_of


def test_by_hand() -> None:
    """f = (1, 0) and P = (0.7, 0.3): 2 (1 x 0.7 + 0 x 0.3) = 1.4."""
    probs = torch.tensor([[0.6, 0.4], [0.8, 0.2]])
    assigned = torch.tensor([[True, False], [True, False]])
    assert float(load_balancing_loss(routing_of(probs, assigned))) == pytest.approx(1.4)


def test_with_two_experts_a_token_by_hand() -> None:
    """f = (1/2, 1/4, 1/4) and P = (0.5, 0.25, 0.25): 3 (0.25 + 0.0625 + 0.0625) = 1.125."""
    probs = torch.tensor([[0.5, 0.4, 0.1], [0.5, 0.1, 0.4]])
    assigned = torch.tensor([[True, True, False], [True, False, True]])
    assert float(load_balancing_loss(routing_of(probs, assigned))) == pytest.approx(1.125)


def test_full_collapse_costs_the_number_of_experts() -> None:
    probs = torch.tensor([[1.0, 0.0, 0.0, 0.0]]).repeat(5, 1)
    assert float(load_balancing_loss(routing_of(probs, probs > 0))) == pytest.approx(4.0)


def test_its_gradient_by_hand() -> None:
    """L = E sum_e f_e (1/T) sum_t p_te, so dL/dp_te = E f_e / T: here 2 x (3/4, 1/4) / 4 for every token."""
    probs = torch.full((4, 2), 0.5, requires_grad=True)
    assigned = torch.tensor([[True, False], [True, False], [True, False], [False, True]])
    (gradient,) = torch.autograd.grad(load_balancing_loss(routing_of(probs, assigned)), probs)
    torch.testing.assert_close(gradient, torch.tensor([[0.375, 0.125]]).repeat(4, 1))
