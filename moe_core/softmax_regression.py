"""Softmax regression on soft targets, by Newton's method: how a gate learns a given division of labour.

    Q(V) = sum_t w_t sum_i r_ti log g_ti,   g_t = softmax(x_t V),   sum_i r_ti = 1

Q is concave, so Newton's steps lead to its maximum. It is flat where a column is added to all of V, hence the small
ridge under the Hessian; and where a step is too long it is halved until Q does not fall. Jordan and Jacobs (1994,
Neural Computation 6:181) call it iteratively reweighted least squares.
"""

import torch
from torch import Tensor

NEWTON_STEPS = 4
"""At most so many. EM asks again after each E-step, so an answer that is only better than before will do."""
RIDGE = 1e-6
HALVINGS = 30
ENOUGH = 1e-10
"""Newton stops when a step has raised the mean of log g by less."""


def quality(x: Tensor, coefficients: Tensor, targets: Tensor, weights: Tensor) -> Tensor:
    """Q, a scalar: x (T, P), coefficients (P, G), targets r (T, G), weights w (T,)."""
    return (weights.unsqueeze(-1) * targets * (x @ coefficients).log_softmax(-1)).sum()


def fit_softmax(x: Tensor, targets: Tensor, weights: Tensor, start: Tensor) -> Tensor:
    """Coefficients (P, G) whose quality is the greatest, and never under that of `start`."""
    current, best = start, quality(x, start, targets, weights)
    for _ in range(NEWTON_STEPS):
        step = _newton_step(x, targets, weights, current)
        for halving in range(HALVINGS):
            candidate = current + step * 0.5**halving
            found = quality(x, candidate, targets, weights)
            if found >= best:
                break
        else:
            return current
        gain = found - best
        current, best = candidate, found
        if gain <= ENOUGH * weights.sum():
            break
    return current


def _newton_step(x: Tensor, targets: Tensor, weights: Tensor, coefficients: Tensor) -> Tensor:
    """(P, G): the gradient over minus the Hessian.

    gradient = x^T w (r - g),   -Hessian of columns i and j = x^T w (g_i [i = j] - g_i g_j) x
    """
    num_inputs, num_gates = coefficients.shape
    gates = (x @ coefficients).softmax(-1)
    gradient = x.T @ (weights.unsqueeze(-1) * (targets - gates))
    spread = torch.diag_embed(gates) - gates.unsqueeze(-1) * gates.unsqueeze(-2)
    curvature = torch.einsum("tp,tij,tq->ipjq", x, weights.view(-1, 1, 1) * spread, x)
    curvature = curvature.reshape(num_gates * num_inputs, -1)
    curvature = curvature + RIDGE * (1.0 + curvature.diagonal().mean()) * torch.eye(len(curvature), dtype=x.dtype)
    return torch.linalg.solve(curvature, gradient.T.flatten()).view(num_gates, num_inputs).T
