"""How far the choice of expert and a label (a class, a cluster) tell each other.

Everything is computed from one table: counts (E, L), how often each expert was given each label. A token with k experts
is k assignments and counts k times. n is the sum of the table, n_m its row sums; logarithms are natural.

    H(label) = H(label | expert) + I(expert; label)

The untrained router's values are far from 0 wherever labels lie in different places: read each number beside them.
All values are NaN where nothing was assigned.
"""

import torch
from torch import Tensor
from torch.nn import functional


def expert_label_counts(assigned: Tensor, labels: Tensor, num_labels: int) -> Tensor:
    """How many tokens of each label each expert was given: (T, E) bool and (T,) to (E, num_labels), float32."""
    one_hot = functional.one_hot(labels, num_labels).float()
    return assigned.float().T @ one_hot


def dispatch_entropy(counts: Tensor) -> float:
    """How mixed the labels inside an expert are, in nats, from 0 (one label each) to H(label) (the same mix in all).

        H(label | expert) = sum_m (n_m / n) H(label | expert m)

    Chen et al. 2022 (arXiv 2208.02813), with clusters as labels. It is no entropy of the router's probabilities.
    """
    joint = _shares(counts)
    expert = joint.sum(1, keepdim=True)
    # sum p ln(p_m / p), term by term: none is negative, and an expert without tokens adds 0.
    return float((torch.xlogy(joint, expert) - torch.xlogy(joint, joint)).sum())


def mutual_information(counts: Tensor) -> float:
    """I(expert; label) in nats, from 0 (independent) to the smaller of H(expert) and H(label).

        I = H(label) - H(label | expert)

    Mod-Squad (Chen et al. 2022, arXiv 2212.08066) trains with it, with tasks as labels.
    """
    information = _entropy(_shares(counts).sum(0)) - dispatch_entropy(counts)
    # Rounding leaves an independent pair some 1e-16 under 0. NaN stays NaN: the comparison is false.
    return 0.0 if information < 0 else information


def normalized_mutual_information(counts: Tensor) -> float:
    """Mutual information over the mean of the two entropies, 0 (independent) to 1 (each tells the other).

        NMI = 2 I(expert; label) / (H(expert) + H(label))

    The arithmetic mean, as `normalized_mutual_info_score` of scikit-learn has it. As there, one expert with one label
    is a perfect match, 1, and one expert with several labels is 0. There a table without counts is 1; here it is NaN.
    """
    joint = _shares(counts)
    entropies = _entropy(joint.sum(0)) + _entropy(joint.sum(1))
    return 1.0 if entropies == 0 else 2 * mutual_information(counts) / entropies


def purity(counts: Tensor) -> float:
    """Share of the assignments whose label is their expert's most frequent one.

        sum_m max_l n_ml / n

    From the share of the most frequent label (what one expert alone would have) to 1 (one label each). More experts
    raise it: an expert for each token is pure. Manning, Raghavan and Schütze 2008, Introduction to Information
    Retrieval, section 16.3.
    """
    return float(_shares(counts).amax(1).sum())


def expert_label_nmi(assigned: Tensor, labels: Tensor) -> float:
    """Normalised mutual information between expert and label over all assignments: (T, E) bool and (T,), 0 to 1.

    0: knowing the expert says nothing of the label. 1: each tells the other.
    """
    return normalized_mutual_information(expert_label_counts(assigned, labels, int(labels.max()) + 1))


def _shares(counts: Tensor) -> Tensor:
    """The table as probabilities, in float64: float32 would leave differences of entropies six digits."""
    return counts.double() / counts.sum()


def _entropy(shares: Tensor) -> float:
    return float(torch.special.entr(shares).sum())
