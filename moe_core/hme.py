"""A hierarchical mixture of experts of two levels, fitted by EM (Jordan and Jacobs 1994, Neural Computation 6:181).

    likelihood   l = sum_t log sum_i g_i(x_t) sum_j g_j|i(x_t) q_ij(y_t | x_t)
    gates        g_i = softmax_i(x V),  g_j|i = softmax_j(x W_i)
    experts      of values   q_ij = Normal(x U_ij, s_ij^2), the same variance in each output
                 of classes  q_ij = softmax(x U_ij)

    E-step   r_i and r_j|i, the gates after y was seen: r_i r_j|i = g_i g_j|i q_ij / sum of the same over all i, j
    M-step   each expert by regression with weights r_ij = r_i r_j|i: least squares, or softmax regression
             the top gate by softmax regression on r_i, each lower gate by softmax regression on r_j|i, weights r_i

No step lowers the likelihood. What people get wrong: without a least variance the likelihood of values has
no maximum, since an expert that passes through one point can be infinitely sure of it. All is float64, and x has a
column of ones; y is the target. It is a model of its own; the router `hierarchical` has the same gates, by gradient.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace

import torch
from torch import Generator, Tensor
from torch.nn import functional

from moe_core.softmax_regression import fit_softmax

LEAST_VARIANCE = 1e-4
LEAST_WEIGHT = 1e-8
"""An expert whose posteriors sum to less keeps what it has: there is nothing to learn it from."""


@dataclass(frozen=True)
class HierarchicalMixture:
    """B branches of N experts, on P inputs, the ones among them, with C values or classes.

    top (P, B), lower (B, P, N), experts (B, N, P, C); variances (B, N), or None where the experts tell classes.
    """

    top: Tensor
    lower: Tensor
    experts: Tensor
    variances: Tensor | None

    def log_gates(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """log g_i (T, B) and log g_j|i (T, B, N)."""
        return (x @ self.top).log_softmax(-1), torch.einsum("tp,bpn->tbn", x, self.lower).log_softmax(-1)

    def answers(self, x: Tensor) -> Tensor:
        """What each expert says (T, B, N, C): values, or scores of classes."""
        return torch.einsum("tp,bnpc->tbnc", x, self.experts)

    def predict(self, x: Tensor) -> Tensor:
        """The mean of y (T, C): values, or the probabilities of classes."""
        top, lower = self.log_gates(x)
        answers = self.answers(x)
        means = answers if self.variances is not None else answers.softmax(-1)
        return torch.einsum("tb,tbn,tbnc->tc", top.exp(), lower.exp(), means)

    def log_joint(self, x: Tensor, y: Tensor) -> Tensor:
        """log g_i g_j|i q_ij(y) for each token and expert (T, B, N). y: values (T, C), or classes one-hot (T, C)."""
        top, lower = self.log_gates(x)
        answers, seen = self.answers(x), y[:, None, None]
        if self.variances is None:
            density = (seen * answers.log_softmax(-1)).sum(-1)
        else:
            distance = (seen - answers).square().sum(-1) / self.variances
            density = -0.5 * (distance + y.shape[-1] * (2 * math.pi * self.variances).log())
        return top.unsqueeze(-1) + lower + density

    def log_likelihood(self, x: Tensor, y: Tensor) -> Tensor:
        """l, a scalar."""
        return self.log_joint(x, y).flatten(1).logsumexp(-1).sum()

    def posteriors(self, x: Tensor, y: Tensor) -> tuple[Tensor, Tensor]:
        """The E-step: r_i (T, B) and r_j|i (T, B, N)."""
        joint = self.log_joint(x, y)
        return joint.logsumexp(-1).softmax(-1), joint.softmax(-1)


def with_ones(x: Tensor) -> Tensor:
    """x (T, D) as float64 with a last column of ones (T, D + 1), so that a coefficient is a constant."""
    return functional.pad(x.double(), (0, 1), value=1.0)


def begin(x: Tensor, y: Tensor, *, num_branches: int, per_branch: int, classes: bool, seed: int) -> HierarchicalMixture:
    """A mixture to start from: gates of random directions, experts that differ a little, and the variance of y.

    Raises ValueError for no branch, or none in a branch.
    """
    for name, value in (("num_branches", num_branches), ("per_branch", per_branch)):
        if value < 1:
            raise ValueError(f"{name} = {value} was refused: it is a whole number from 1.")
    generator, num_inputs, num_outputs = Generator().manual_seed(seed), x.shape[1], y.shape[1]

    def drawn(*shape: int) -> Tensor:
        return torch.randn(shape, generator=generator, dtype=torch.float64)

    spread = y.var(0, correction=0).mean().clamp_min(LEAST_VARIANCE)
    return HierarchicalMixture(
        top=drawn(num_inputs, num_branches),
        lower=drawn(num_branches, num_inputs, per_branch),
        experts=0.1 * drawn(num_branches, per_branch, num_inputs, num_outputs),
        variances=None if classes else spread.expand(num_branches, per_branch).clone(),
    )


def em_step(mixture: HierarchicalMixture, x: Tensor, y: Tensor) -> HierarchicalMixture:
    """One E-step and one M-step. Its log-likelihood is not under the mixture's."""
    r_top, r_lower = mixture.posteriors(x, y)
    ones = torch.ones(len(x), dtype=x.dtype)
    lower = [
        fit_softmax(x, r_lower[:, branch], r_top[:, branch], start=start) for branch, start in enumerate(mixture.lower)
    ]
    experts, variances = mixture.experts.clone(), None if mixture.variances is None else mixture.variances.clone()
    for branch, one in torch.cartesian_prod(*map(torch.arange, experts.shape[:2])).tolist():
        weights = r_top[:, branch] * r_lower[:, branch, one]
        if weights.sum() < LEAST_WEIGHT:
            continue
        if variances is None:
            experts[branch, one] = fit_softmax(x, y, weights, start=experts[branch, one])
        else:
            experts[branch, one] = weighted_least_squares(x, y, weights)
            squares = (y - x @ experts[branch, one]).square().mean(-1)
            variances[branch, one] = ((weights * squares).sum() / weights.sum()).clamp_min(LEAST_VARIANCE)
    top = fit_softmax(x, r_top, ones, start=mixture.top)
    return replace(mixture, top=top, lower=torch.stack(lower), experts=experts, variances=variances)


def weighted_least_squares(x: Tensor, y: Tensor, weights: Tensor) -> Tensor:
    """U (P, C) of the least sum_t w_t |y_t - x_t U|^2, and of these the smallest."""
    root = weights.sqrt().unsqueeze(-1)
    return torch.linalg.lstsq(root * x, root * y, driver="gelsd").solution


def fit(mixture: HierarchicalMixture, x: Tensor, y: Tensor, num_steps: int) -> Iterator[HierarchicalMixture]:
    """The mixture after each of so many steps of EM."""
    for _ in range(num_steps):
        mixture = em_step(mixture, x, y)
        yield mixture
