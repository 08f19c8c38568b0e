"""The hierarchical mixture fitted by EM: what each step promises, and what comes out."""

import math

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import Tensor
from torch.distributions import Categorical, Independent, MixtureSameFamily, Normal
from torch.nn import functional

from moe_core.hme import LEAST_VARIANCE, HierarchicalMixture, begin, em_step, fit, weighted_least_squares, with_ones
from moe_core.softmax_regression import fit_softmax, quality
from tests.moe_core.cases import seeded

T = 40


def problem(seed: int, classes: bool, num_inputs: int = 2, smooth: bool = False) -> tuple[Tensor, Tensor]:
    """Inputs with ones, and targets that are pure noise or, where smooth, almost a function of the inputs."""
    generator = seeded(seed)
    x = with_ones(torch.randn(T, num_inputs, generator=generator))
    if classes:
        labels = (x[:, 0] > 0).long() if smooth else torch.randint(3, (T,), generator=generator)
        return x, functional.one_hot(labels, 3).double()
    noise = torch.randn(T, 2, generator=generator, dtype=torch.float64)
    return x, x[:, :1].abs() * torch.tensor([1.0, -1.0]) + 0.001 * noise if smooth else noise


def started(x: Tensor, y: Tensor, classes: bool, num_branches: int = 2, per_branch: int = 2) -> HierarchicalMixture:
    return begin(x, y, num_branches=num_branches, per_branch=per_branch, classes=classes, seed=1)


both_kinds = pytest.mark.parametrize("classes", [False, True], ids=["values", "classes"])


@pytest.mark.slow
@settings(max_examples=25, deadline=None, derandomize=True)
@given(
    seed=st.integers(0, 10_000),
    classes=st.booleans(),
    smooth=st.booleans(),
    num_inputs=st.integers(1, 3),
    num_branches=st.integers(1, 3),
    per_branch=st.integers(1, 3),
)
def test_no_step_of_em_lowers_the_likelihood(
    seed: int, classes: bool, smooth: bool, num_inputs: int, num_branches: int, per_branch: int
) -> None:
    """On noise and on what can be learned almost exactly, where experts meet the least variance and gates harden."""
    x, y = problem(seed, classes, num_inputs, smooth)
    mixture = started(x, y, classes, num_branches, per_branch)
    before = float(mixture.log_likelihood(x, y))
    for fitted in fit(mixture, x, y, num_steps=12):
        now = float(fitted.log_likelihood(x, y))
        assert now >= before - 1e-9 * (1.0 + abs(before))
        before = now


@both_kinds
def test_em_raises_the_likelihood_from_where_it_starts(classes: bool) -> None:
    x, y = problem(0, classes, smooth=True)
    mixture = started(x, y, classes)
    *_, fitted = fit(mixture, x, y, num_steps=10)
    assert fitted.log_likelihood(x, y) > mixture.log_likelihood(x, y) + 10.0


@both_kinds
def test_posteriors_sum_to_one_on_each_level_and_are_the_joint_over_its_sum(classes: bool) -> None:
    x, y = problem(3, classes)
    mixture = started(x, y, classes, num_branches=3)
    r_top, r_lower = mixture.posteriors(x, y)
    torch.testing.assert_close(r_top.sum(-1), torch.ones(T, dtype=torch.float64))
    torch.testing.assert_close(r_lower.sum(-1), torch.ones(T, 3, dtype=torch.float64))
    joint = mixture.log_joint(x, y).exp()
    torch.testing.assert_close(r_top.unsqueeze(-1) * r_lower, joint / joint.sum((1, 2), keepdim=True))


@pytest.mark.parity
def test_the_likelihood_is_that_of_torchs_own_mixture() -> None:
    x, y = problem(4, classes=False)
    mixture = em_step(started(x, y, False), x, y)
    assert mixture.variances is not None
    top, lower = mixture.log_gates(x)
    means, deviations = mixture.answers(x).flatten(1, 2), mixture.variances.sqrt().flatten().view(1, -1, 1)
    experts = Independent(Normal(means, deviations), 1)
    gates = Categorical(logits=(top.unsqueeze(-1) + lower).flatten(1))
    wanted: Tensor = torch.stack([MixtureSameFamily(gates, experts).log_prob(y)])  # type: ignore[no-untyped-call]
    torch.testing.assert_close(mixture.log_likelihood(x, y), wanted.sum())


def test_the_likelihoods_gradient_is_what_the_posteriors_say() -> None:
    """By autograd. Of the top gate's scores r_i - g_i, of a lower gate's r_i (r_j|i - g_j|i), and of an expert's answer
    r_ij (y - answer) / s_ij^2: each through x."""
    x, y = problem(5, classes=False)
    mixture = started(x, y, False)
    leaves = [mixture.top.requires_grad_(), mixture.lower.requires_grad_(), mixture.experts.requires_grad_()]
    found = torch.autograd.grad(mixture.log_likelihood(x, y), leaves)
    with torch.no_grad():
        (r_top, r_lower), (top, lower) = mixture.posteriors(x, y), mixture.log_gates(x)
        joint = r_top.unsqueeze(-1) * r_lower
        assert mixture.variances is not None
        pull = (joint / mixture.variances).unsqueeze(-1) * (y[:, None, None] - mixture.answers(x))
        wanted = (
            x.T @ (r_top - top.exp()),
            torch.einsum("tp,tbn->bpn", x, r_top.unsqueeze(-1) * (r_lower - lower.exp())),
            torch.einsum("tp,tbnc->bnpc", x, pull),
        )
    for gradient, by_hand in zip(found, wanted, strict=True):
        torch.testing.assert_close(gradient, by_hand)


@both_kinds
def test_the_m_step_gives_each_part_what_its_own_posteriors_ask_for(classes: bool) -> None:
    """Where a step has come to rest for gates and experts of classes: the gradient of each by hand. Least squares and
    variances are exact at once. Every sum has the posteriors of before the step."""
    x, y = problem(5, classes)
    mixture = started(x, y, classes, num_branches=2, per_branch=3)
    r_top, r_lower = mixture.posteriors(x, y)
    joint = r_top.unsqueeze(-1) * r_lower
    fitted = em_step(mixture, x, y)
    for _ in range(20):
        # Newton goes on from where it came to, and the posteriors stay those of the first step.
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(HierarchicalMixture, "posteriors", lambda *_: (r_top, r_lower))
            fitted = em_step(fitted, x, y)
    top, lower = fitted.log_gates(x)
    answers = fitted.answers(x).softmax(-1) if classes else fitted.answers(x)
    at_rest = (
        x.T @ (r_top - top.exp()),
        torch.einsum("tp,tbn->bpn", x, r_top.unsqueeze(-1) * (r_lower - lower.exp())),
        torch.einsum("tp,tbnc->bnpc", x, joint.unsqueeze(-1) * (y[:, None, None] - answers)),
    )
    for gradient in at_rest:
        torch.testing.assert_close(gradient, torch.zeros_like(gradient), rtol=0, atol=1e-3)
    if fitted.variances is not None:
        squares = (y[:, None, None] - answers).square().mean(-1)
        torch.testing.assert_close(fitted.variances, (joint * squares).sum(0) / joint.sum(0))


@both_kinds
def test_an_expert_that_no_token_comes_to_keeps_what_it_has(classes: bool) -> None:
    x, y = problem(5, classes)
    mixture = started(x, y, classes)
    mixture.lower[1, -1] = torch.tensor([1e4, 0.0])
    fitted = em_step(mixture, x, y)
    assert torch.equal(fitted.experts[1, 1], mixture.experts[1, 1])
    assert not torch.equal(fitted.experts[1, 0], mixture.experts[1, 0])
    if fitted.variances is not None and mixture.variances is not None:
        assert fitted.variances[1, 1] == mixture.variances[1, 1]
    assert bool(fitted.log_likelihood(x, y).isfinite())


SLOPES, CONSTANTS = (2.0, -3.0, 2.5, -2.0), (1.0, -1.0, 0.0, 0.5)


@pytest.mark.slow
def test_it_recovers_a_function_of_four_straight_pieces() -> None:
    """y = slope x + constant on each quarter of [-1, 1], with noise of 0.02. One expert a piece, and its variance.
    Measured over six starts: four find all pieces, with 99.9% of the variance explained; two end in a local maximum,
    with 27%. This start is one of the four."""
    generator = seeded(0)
    x = torch.rand(300, 1, generator=generator).double() * 2 - 1
    piece = ((x[:, 0] + 1) * 2).long()
    noise = 0.02 * torch.randn(300, generator=generator).double()
    y = torch.tensor(SLOPES).double()[piece] * x[:, 0] + torch.tensor(CONSTANTS).double()[piece] + noise
    inputs, targets = with_ones(x), y.unsqueeze(-1)
    *_, fitted = fit(started(inputs, targets, False), inputs, targets, num_steps=150)
    explained = 1 - (targets - fitted.predict(inputs)).square().mean() / targets.var(correction=0)
    assert explained > 0.995
    found = sorted(fitted.experts.view(4, 2).tolist())
    wanted = sorted(zip(SLOPES, CONSTANTS, strict=True))
    for line, true_line in zip(found, wanted, strict=True):
        assert line == pytest.approx(true_line, abs=0.1)
    assert fitted.variances is not None
    assert fitted.variances.sqrt().flatten().tolist() == pytest.approx([0.02] * 4, abs=0.008)


@pytest.mark.slow
def test_it_learns_classes_that_no_single_line_parts() -> None:
    """Exclusive or: two experts are enough, and one alone is right about half of the time."""
    generator = seeded(1)
    points = torch.rand(200, 2, generator=generator).double() * 2 - 1
    labels = (points.prod(-1) > 0).long()
    x, y = with_ones(points), functional.one_hot(labels, 2).double()

    def accuracy(per_branch: int) -> float:
        *_, fitted = fit(started(x, y, True, 1, per_branch), x, y, num_steps=60)
        return float((fitted.predict(x).argmax(-1) == labels).double().mean())

    assert accuracy(1) < 0.7
    assert accuracy(2) > 0.95


def test_an_expert_that_could_be_infinitely_sure_is_held_back() -> None:
    """Through two points passes a line, and its likelihood would have no bound."""
    x, y = with_ones(torch.tensor([[0.0], [1.0]])), torch.tensor([[0.0], [1.0]]).double()
    *_, fitted = fit(started(x, y, False, 1, 1), x, y, num_steps=3)
    assert fitted.variances is not None
    assert float(fitted.variances) == LEAST_VARIANCE
    assert float(fitted.log_likelihood(x, y)) == pytest.approx(-math.log(2 * math.pi * LEAST_VARIANCE), abs=1e-6)


def test_weighted_least_squares_is_the_normal_equations() -> None:
    x, y = problem(6, classes=False)
    weights = torch.rand(T, generator=seeded(7)).double()
    wanted = torch.linalg.solve(x.T @ (weights.unsqueeze(-1) * x), x.T @ (weights.unsqueeze(-1) * y))
    torch.testing.assert_close(weighted_least_squares(x, y, weights), wanted)


def test_a_softmax_regression_ends_where_its_gradient_is_zero() -> None:
    """The soft targets are another softmax's, which it finds but for what is added to every column."""
    x, _ = problem(8, classes=False)
    true = torch.randn(3, 4, generator=seeded(9)).double()
    targets, weights = (x @ true).softmax(-1), torch.rand(T, generator=seeded(10)).double()
    fitted = torch.zeros_like(true)
    for _ in range(5):
        better = fit_softmax(x, targets, weights, start=fitted)
        assert quality(x, better, targets, weights) >= quality(x, fitted, targets, weights)
        fitted = better
    torch.testing.assert_close((x @ fitted).softmax(-1), targets, rtol=0, atol=1e-5)


@pytest.mark.parametrize("name", ["num_branches", "per_branch"])
def test_a_hierarchy_of_nothing_is_refused(name: str) -> None:
    sizes = {"num_branches": 2, "per_branch": 2} | {name: 0}
    x, y = problem(0, classes=False)
    with pytest.raises(ValueError, match=f"{name} = 0 was refused: it is a whole number from 1"):
        begin(x, y, classes=False, seed=0, **sizes)
