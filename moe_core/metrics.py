"""What can be said of a routing in numbers: pure functions of loads, assignments and labels.

load (E,) is each expert's share of all assignments; it sums to 1, and its fair share is 1/E.
assigned (T, E) is bool. labels (T,) are classes or clusters.
"""

import torch
from torch import Tensor

DEAD_BELOW = 0.1
"""An expert is dead under this part of its fair share."""


def effective_experts(load: Tensor) -> float:
    """exp of the load's entropy, from 1 (one expert does everything) to E (all do the same).

    exp(-sum_e load_e ln load_e), the perplexity of the load.
    """
    return float(torch.special.entr(load).sum().exp())


def max_violation(load: Tensor) -> float:
    """How far the busiest expert is over its fair share: (max load - 1/E) / (1/E), from 0 to E - 1.

    MaxVio of Wang et al. 2024 (arXiv 2408.15664, eq. 4).
    """
    return float(load.max() * load.shape[0] - 1.0)


def dead_experts(load: Tensor) -> Tensor:
    """Which experts (E,) get less than a tenth of their fair share: load_e < 0.1 / E."""
    return load < DEAD_BELOW / load.shape[0]


def expert_label_counts(assigned: Tensor, labels: Tensor, num_labels: int) -> Tensor:
    """How many tokens of each label each expert was given: (T, E) bool and (T,) to (E, num_labels)."""
    one_hot = torch.nn.functional.one_hot(labels, num_labels).float()
    return assigned.float().T @ one_hot


def expert_label_nmi(assigned: Tensor, labels: Tensor) -> float:
    """Normalised mutual information between expert and label over all assignments, 0 to 1 (arithmetic mean).

    0: knowing the expert says nothing of the label. 1: each tells the other. Read it beside the untrained router's
    value, which is far from 0 wherever labels lie in different places.
    """
    # scikit-learn takes a second to import, which a run's first frame should not wait for.
    from sklearn.metrics import normalized_mutual_info_score

    token, expert = assigned.nonzero(as_tuple=True)
    return float(normalized_mutual_info_score(labels[token].numpy(), expert.numpy()))


def accuracy(scores: Tensor, labels: Tensor) -> Tensor:
    """Share of examples whose highest score is their label's: (T, C) and (T,) to a scalar."""
    return (scores.argmax(-1) == labels).float().mean()
