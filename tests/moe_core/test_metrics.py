"""Each metric against a case computed by hand."""

import math

import pytest
import torch

from moe_core.metrics import (
    accuracy,
    dead_experts,
    effective_experts,
    expert_label_counts,
    expert_label_nmi,
    max_violation,
)


@pytest.mark.parametrize(
    ("load", "effective"),
    [
        ([1.0, 0.0, 0.0, 0.0], 1.0),
        ([0.25, 0.25, 0.25, 0.25], 4.0),
        ([0.5, 0.5, 0.0, 0.0], 2.0),
        # H = ln(2)/2 + 2 ln(4)/4 = 1.5 ln 2, and exp(1.5 ln 2) = 2 sqrt 2.
        ([0.5, 0.25, 0.25, 0.0], 2 * math.sqrt(2)),
    ],
)
def test_effective_experts(load: list[float], effective: float) -> None:
    assert effective_experts(torch.tensor(load)) == pytest.approx(effective)


@pytest.mark.parametrize(
    ("load", "violation"),
    [([0.25, 0.25, 0.25, 0.25], 0.0), ([0.5, 0.25, 0.25, 0.0], 1.0), ([0.0, 1.0, 0.0, 0.0], 3.0)],
)
def test_max_violation(load: list[float], violation: float) -> None:
    assert max_violation(torch.tensor(load)) == pytest.approx(violation)


def test_an_expert_is_dead_under_a_tenth_of_its_fair_share() -> None:
    """With four experts the fair share is 0.25, so the line is 0.025."""
    assert dead_experts(torch.tensor([0.024, 0.026, 0.0, 0.95])).tolist() == [True, False, True, False]


def test_expert_label_counts() -> None:
    """Three tokens of labels 0, 1, 1; the first two ask two experts each."""
    assigned = torch.tensor([[True, True, False], [False, True, True], [False, True, False]])
    counts = expert_label_counts(assigned, torch.tensor([0, 1, 1]), num_labels=3)
    assert counts.tolist() == [[1, 0, 0], [1, 2, 0], [0, 1, 0]]


def nmi_by_definition(counts: list[list[int]]) -> float:
    """2 I(expert; label) / (H(expert) + H(label)), from how often each pair occurred."""
    total = sum(map(sum, counts))
    joint = [[count / total for count in row] for row in counts]
    experts = [sum(row) for row in joint]
    labels = [sum(column) for column in zip(*joint, strict=True)]
    information = sum(
        p * math.log(p / (experts[e] * labels[c])) for e, row in enumerate(joint) for c, p in enumerate(row) if p > 0
    )
    entropies = -sum(p * math.log(p) for p in [*experts, *labels] if p > 0)
    return 2 * information / entropies


def assignments(counts: list[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Top-1 assignments and labels in which each (expert, label) pair occurs as often as `counts` says."""
    pairs = [(e, c) for e, row in enumerate(counts) for c, count in enumerate(row) for _ in range(count)]
    expert = torch.tensor([e for e, _ in pairs])
    return torch.nn.functional.one_hot(expert, len(counts)).bool(), torch.tensor([c for _, c in pairs])


def test_nmi_by_hand() -> None:
    """Two experts, two labels: I = 0.21576, H(expert) = ln 2, H(label) = 0.56234, so NMI = 0.34371."""
    counts = [[2, 0], [1, 1]]
    assert nmi_by_definition(counts) == pytest.approx(0.34371, abs=1e-5)
    assert expert_label_nmi(*assignments(counts)) == pytest.approx(0.34371, abs=1e-5)


@pytest.mark.parametrize(
    "counts",
    [[[5, 0, 0], [0, 7, 0], [0, 0, 2]], [[1, 2, 3], [3, 2, 1]], [[4, 0], [0, 0], [1, 9]], [[2, 4], [1, 2], [3, 6]]],
    ids=["each tells the other", "a little", "an expert without tokens", "independent"],
)
def test_nmi_is_its_definition(counts: list[list[int]]) -> None:
    assert expert_label_nmi(*assignments(counts)) == pytest.approx(nmi_by_definition(counts), abs=1e-6)


def test_nmi_counts_every_assignment_of_a_token() -> None:
    """Two tokens that ask two experts each are four assignments: expert 0 sees both labels, 1 and 2 one each."""
    assigned = torch.tensor([[True, True, False], [True, False, True]])
    wanted = nmi_by_definition([[1, 1], [1, 0], [0, 1]])
    assert expert_label_nmi(assigned, torch.tensor([0, 1])) == pytest.approx(wanted)


def test_accuracy_is_the_share_whose_highest_score_is_their_labels() -> None:
    scores = torch.tensor([[2.0, 1.0], [0.0, 3.0], [5.0, 4.0], [-1.0, -2.0]])
    assert float(accuracy(scores, torch.tensor([0, 1, 1, 0]))) == 0.75
