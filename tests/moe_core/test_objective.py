"""Losses and scores by hand, and against scikit-learn's."""

import math
import warnings

import pytest
import torch
from sklearn.metrics import accuracy_score, log_loss, r2_score
from torch import Tensor

from moe_core.objective import CLASSIFICATION, REGRESSION, Classification, Objective, Regression
from tests.moe_core.cases import random_tokens, seeded

N, C = 200, 4
CLASSES = torch.randint(C, (N,), generator=seeded(0))
VALUES = random_tokens(N, 1, seed=1)

CASES: dict[str, tuple[Objective, Tensor, Tensor]] = {
    "classification": (CLASSIFICATION, random_tokens(N, C), CLASSES),
    "regression": (REGRESSION, random_tokens(N, 1), VALUES),
}
every_objective = pytest.mark.parametrize(("objective", "outputs", "targets"), CASES.values(), ids=CASES)


@every_objective
def test_the_loss_is_a_scalar_with_a_gradient(objective: Objective, outputs: Tensor, targets: Tensor) -> None:
    outputs = outputs.clone().requires_grad_()
    loss = objective.loss(outputs, targets)
    assert loss.shape == ()
    (gradient,) = torch.autograd.grad(loss, outputs)
    assert bool(gradient.isfinite().all())
    assert bool(objective.loss(outputs - 0.1 * N * gradient, targets) < loss)


@every_objective
def test_the_loss_is_the_mean_of_each_answers_loss(objective: Objective, outputs: Tensor, targets: Tensor) -> None:
    each = objective.loss_of_each(outputs, targets)
    assert each.shape == (N,)
    torch.testing.assert_close(objective.loss(outputs, targets), each.mean())
    torch.testing.assert_close(objective.loss(outputs[3:4], targets[3:4]), each[3])


@every_objective
def test_the_score_is_the_mean_of_how_right_each_answer_is(
    objective: Objective, outputs: Tensor, targets: Tensor
) -> None:
    rightness = objective.rightness(outputs, targets)
    assert rightness.shape == (N,)
    torch.testing.assert_close(objective.score(outputs, targets), rightness.mean())


@every_objective
def test_many_models_are_judged_at_once(objective: Objective, outputs: Tensor, targets: Tensor) -> None:
    """As the experts' answers are, (E, T, C) against the same targets."""
    answers = torch.stack([outputs, 2 * outputs - 1, -outputs])
    rightness = objective.rightness(answers, targets)
    assert rightness.shape == (3, N)
    for mine, answer in zip(rightness, answers, strict=True):
        torch.testing.assert_close(mine, objective.rightness(answer, targets))


@every_objective
def test_scores_have_a_name(objective: Objective, outputs: Tensor, targets: Tensor) -> None:
    assert objective.score_name


def test_classification_by_hand() -> None:
    """Scores ln 3 and 0 are probabilities 3/4 and 1/4. The first answer is right and the second is wrong."""
    outputs, targets = torch.tensor([[math.log(3), 0.0], [math.log(3), 0.0]]), torch.tensor([0, 1])
    loss = (math.log(4 / 3) + math.log(4)) / 2
    assert float(CLASSIFICATION.loss(outputs, targets)) == pytest.approx(loss)
    assert float(CLASSIFICATION.score(outputs, targets)) == 0.5
    assert CLASSIFICATION.rightness(outputs, targets).tolist() == [1.0, 0.0]


def test_the_loss_at_chance_is_the_logarithm_of_the_number_of_classes() -> None:
    assert float(CLASSIFICATION.loss(torch.zeros(N, C), CLASSES)) == pytest.approx(math.log(C))


def test_classification_is_scikit_learns() -> None:
    outputs = CASES["classification"][1]
    assert float(CLASSIFICATION.score(outputs, CLASSES)) == pytest.approx(accuracy_score(CLASSES, outputs.argmax(-1)))
    probabilities = outputs.double().softmax(-1).numpy()
    assert float(CLASSIFICATION.loss(outputs, CLASSES)) == pytest.approx(log_loss(CLASSES, probabilities), rel=1e-5)


def test_regression_by_hand() -> None:
    """Targets 1, 2, 3: variance 2/3. Errors 0, 1 and 0: a mean square of 1/3, half of the variance."""
    outputs, targets = torch.tensor([[1.0], [3.0], [3.0]]), torch.tensor([[1.0], [2.0], [3.0]])
    assert float(REGRESSION.loss(outputs, targets)) == pytest.approx(1 / 3)
    assert float(REGRESSION.score(outputs, targets)) == pytest.approx(0.5)
    assert REGRESSION.rightness(outputs, targets).tolist() == pytest.approx([1.0, -0.5, 1.0])


@pytest.mark.parametrize(("answer", "score"), [(VALUES, 1.0), (VALUES.mean().expand(N, 1), 0.0), (-VALUES, None)])
def test_the_score_of_a_perfect_answer_of_the_mean_and_of_a_worse_one(answer: Tensor, score: float | None) -> None:
    found = float(REGRESSION.score(answer, VALUES))
    assert found < 0 if score is None else found == pytest.approx(score, abs=1e-6)


def test_regression_is_scikit_learns() -> None:
    outputs = 0.5 * VALUES + 0.3 * CASES["regression"][1]
    assert float(REGRESSION.score(outputs, VALUES)) == pytest.approx(r2_score(VALUES, outputs), rel=1e-5)


@pytest.mark.parametrize("targets", [torch.tensor([[2.0]]), torch.full((5, 1), 2.0)], ids=["one example", "all equal"])
def test_where_targets_do_not_vary_no_share_of_their_variance_is_made_up(targets: Tensor) -> None:
    """A batch of one is allowed. scikit-learn says the same of one example, with a warning."""
    assert math.isnan(float(REGRESSION.score(targets + 1.0, targets)))
    assert math.isnan(float(REGRESSION.score(targets, targets)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert len(targets) > 1 or math.isnan(r2_score(targets, targets + 1.0))


@pytest.mark.parametrize("objective", [Classification, Regression])
def test_objectives_remember_nothing(objective: type[Objective]) -> None:
    assert vars(objective()) == {}
