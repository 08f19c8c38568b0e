"""Agreement of experts and labels: by hand, against scikit-learn over random tables, and at the ends of its ranges."""

import math

import pytest
import torch
from sklearn.metrics import mutual_info_score, normalized_mutual_info_score
from sklearn.metrics.cluster import contingency_matrix
from torch import Tensor

from moe_core.metrics import (
    dispatch_entropy,
    expert_label_counts,
    expert_label_nmi,
    mutual_information,
    normalized_mutual_information,
    purity,
)
from tests.moe_core.metrics.cases import SEEDS, permutation, random_assigned, seeded

LN2 = math.log(2)

TABLES = {
    "each tells the other": [[5, 0, 0], [0, 7, 0], [0, 0, 2]],
    "a little": [[1, 2, 3], [3, 2, 1]],
    "independent": [[2, 4], [1, 2], [3, 6]],
    "an expert without tokens": [[4, 0], [0, 0], [1, 9]],
    "a label without tokens": [[4, 0, 1], [2, 0, 5]],
    "one expert": [[3, 4, 5]],
    "one label": [[3], [4], [5]],
    "one expert of three works": [[0, 0], [3, 4], [0, 0]],
    "one label of three occurs": [[0, 3, 0], [0, 4, 0]],
    "one expert and one label": [[6]],
    "one expert and one label among others": [[0, 0, 0], [0, 6, 0]],
    "one token": [[0, 1], [0, 0]],
}


def random_table(seed: int) -> list[list[int]]:
    """Counts up to 30, about half of the cells empty, so that rows and columns are empty at times."""
    rows, columns = torch.randint(1, 7, (2,), generator=seeded(seed)).tolist()
    counts = torch.randint(1, 31, (rows, columns), generator=seeded(seed + 1000))
    counts[torch.rand(rows, columns, generator=seeded(seed + 2000)) < 0.5] = 0
    counts[0, 0] += 1
    table: list[list[int]] = counts.tolist()
    return table


TABLES |= {f"random {seed}": random_table(seed) for seed in range(40)}
on_every_table = pytest.mark.parametrize("counts", TABLES.values(), ids=TABLES)


def assignments(counts: list[list[int]]) -> tuple[Tensor, Tensor]:
    """Top-1 assignments and labels in which each (expert, label) pair occurs as often as `counts` says."""
    pairs = [(e, c) for e, row in enumerate(counts) for c, count in enumerate(row) for _ in range(count)]
    expert = torch.tensor([e for e, _ in pairs])
    return torch.nn.functional.one_hot(expert, len(counts)).bool(), torch.tensor([c for _, c in pairs])


def entropy(counts: Tensor) -> float:
    return float(torch.special.entr(counts.double() / counts.sum()).sum())


def test_expert_label_counts_by_hand() -> None:
    """Three tokens of labels 0, 1, 1; the first two ask two experts each."""
    assigned = torch.tensor([[True, True, False], [False, True, True], [False, True, False]])
    counts = expert_label_counts(assigned, torch.tensor([0, 1, 1]), num_labels=3)
    assert counts.tolist() == [[1, 0, 0], [1, 2, 0], [0, 1, 0]]


def test_numbers_by_hand() -> None:
    """Expert 0 has two tokens of label 0; expert 1 has one of each label.

    H(label | expert) = (2/4) 0 + (2/4) ln 2. H(label) = H(3/4, 1/4) = 0.56234 and H(expert) = ln 2, so that
    I = 0.21576 and NMI = 2 I / (0.56234 + ln 2) = 0.34371. Guessing each expert's main label is right for 2 + 1 of 4.
    """
    counts = torch.tensor([[2, 0], [1, 1]])
    assert dispatch_entropy(counts) == pytest.approx(LN2 / 2)
    assert mutual_information(counts) == pytest.approx(0.21576, abs=1e-5)
    assert normalized_mutual_information(counts) == pytest.approx(0.34371, abs=1e-5)
    assert purity(counts) == 0.75


def test_a_token_with_two_experts_counts_twice() -> None:
    """Two tokens that ask two experts each are four assignments: expert 0 sees both labels, 1 and 2 one each.

    H(label) = ln 2, H(expert) = 1.5 ln 2 and H(label | expert) = (2/4) ln 2, so NMI = 2 (0.5 ln 2) / (2.5 ln 2).
    """
    assigned = torch.tensor([[True, True, False], [True, False, True]])
    assert expert_label_nmi(assigned, torch.tensor([0, 1])) == pytest.approx(0.4)


@pytest.mark.parity
@on_every_table
def test_scikit_learn_agrees(counts: list[list[int]]) -> None:
    table = torch.tensor(counts)
    assigned, labels = assignments(counts)
    experts = assigned.int().argmax(1)

    assert torch.equal(expert_label_counts(assigned, labels, table.shape[1]), table.float())
    used = table[table.sum(1) > 0][:, table.sum(0) > 0]
    assert used.tolist() == contingency_matrix(experts.numpy(), labels.numpy()).tolist()

    assert mutual_information(table) == pytest.approx(mutual_info_score(experts.numpy(), labels.numpy()), abs=1e-12)
    nmi = normalized_mutual_info_score(experts.numpy(), labels.numpy())
    assert normalized_mutual_information(table) == pytest.approx(nmi, abs=1e-12)
    assert expert_label_nmi(assigned, labels) == pytest.approx(nmi, abs=1e-12)


@on_every_table
def test_ranges_hold(counts: list[list[int]]) -> None:
    table = torch.tensor(counts)
    label, expert = entropy(table.sum(0)), entropy(table.sum(1))
    assert 0 <= dispatch_entropy(table) <= label + 1e-12
    assert 0 <= mutual_information(table) <= min(label, expert) + 1e-12
    assert 0 <= normalized_mutual_information(table) <= 1 + 1e-12
    assert float(table.sum(0).max() / table.sum()) - 1e-6 <= purity(table) <= 1 + 1e-12


@on_every_table
def test_what_the_expert_tells_and_what_it_leaves_open_make_up_the_labels_entropy(counts: list[list[int]]) -> None:
    table = torch.tensor(counts)
    assert mutual_information(table) + dispatch_entropy(table) == pytest.approx(entropy(table.sum(0)), abs=1e-12)


@on_every_table
def test_the_numbering_of_experts_and_labels_does_not_matter(counts: list[list[int]]) -> None:
    table = torch.tensor(counts)
    shuffled = table[permutation(len(table), 0)][:, permutation(table.shape[1], 1)]
    for metric in (dispatch_entropy, mutual_information, normalized_mutual_information, purity):
        assert metric(shuffled) == pytest.approx(metric(table), abs=1e-12)


@on_every_table
def test_mutual_information_is_the_same_from_both_sides_and_dispatch_entropy_is_not(counts: list[list[int]]) -> None:
    table = torch.tensor(counts)
    assert mutual_information(table.T) == pytest.approx(mutual_information(table), abs=1e-12)
    difference = entropy(table.sum(0)) - entropy(table.sum(1))
    assert dispatch_entropy(table) - dispatch_entropy(table.T) == pytest.approx(difference, abs=1e-12)


def test_experts_of_one_label_each_are_pure_and_leave_nothing_open() -> None:
    """Two experts share label 0, so that the label follows from the expert but not the expert from the label."""
    counts = torch.tensor([[3, 0], [4, 0], [0, 7]])
    assert purity(counts) == 1.0
    assert dispatch_entropy(counts) == 0.0
    assert mutual_information(counts) == pytest.approx(LN2)
    assert normalized_mutual_information(counts) < 1


def test_one_expert_for_all_is_as_pure_as_the_largest_class() -> None:
    counts = torch.tensor([[6, 3, 1]])
    assert purity(counts) == 0.6
    assert dispatch_entropy(counts) == pytest.approx(entropy(counts))
    assert normalized_mutual_information(counts) == 0.0


def test_an_expert_for_each_token_is_pure_and_says_little() -> None:
    """Purity only grows with the number of experts; NMI counts their entropy against them: 2 ln 2 / (ln 2 + ln 8)."""
    counts = torch.tensor([[1, 0]] * 4 + [[0, 1]] * 4)
    assert purity(counts) == 1.0
    assert normalized_mutual_information(counts) == pytest.approx(0.5)


@pytest.mark.parametrize("metric", [dispatch_entropy, mutual_information, normalized_mutual_information, purity])
def test_where_nothing_was_assigned_there_is_no_number(metric) -> None:
    assert math.isnan(metric(torch.zeros(3, 2)))


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_order_of_tokens_does_not_matter_and_that_of_experts_orders_the_rows(k: int, seed: int) -> None:
    assigned = random_assigned(60, 5, k, seed)
    labels = torch.randint(0, 4, (60,), generator=seeded(seed))
    counts = expert_label_counts(assigned, labels, 4)
    tokens, experts = permutation(60, seed), permutation(5, seed)
    assert counts.sum() == 60 * k
    assert torch.equal(expert_label_counts(assigned[tokens], labels[tokens], 4), counts)
    assert torch.equal(expert_label_counts(assigned[:, experts], labels, 4), counts[experts])
    assert expert_label_nmi(assigned[tokens], labels[tokens]) == expert_label_nmi(assigned, labels)
