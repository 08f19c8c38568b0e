"""What the layer would answer without one of its experts, and on which inputs that is felt."""

from torch import Tensor
from torch.nn import functional


def without_each_expert(outputs: Tensor, gates: Tensor) -> Tensor:
    """The layer's output with expert e removed, for every e: outputs (E, T, C) and gates (T, E) to (E, T, C).

        y_t without e = sum_{j != e} g_tj y_tj

    Expert e's gate is set to 0 and nothing else happens. The remaining gates are not renormalised, the router does not
    choose again, and places that e would have freed are not filled: a token that had chosen e alone gets 0. So this
    measures what e adds to the model as it is, not how well the model could do with E - 1 experts. A weight of the
    token itself (`TokenRouting.residual`) is not in here.

    Setting a unit to zero is the ablation of Morcos et al. 2018 (arXiv 1803.06959).
    """
    answers = gates.T.unsqueeze(-1) * outputs
    return answers.sum(0) - answers


def fall_by_label(right: Tensor, without: Tensor, labels: Tensor, num_labels: int) -> Tensor:
    """How far the score falls on the tokens of each label when expert e is missing, for every e: (E, num_labels).

        fall[e, m] = mean over the tokens t of label m of   right[t] - without[e, t]

    right (T,) is how right the layer answers each token, without (E, T) how right it does without expert e, and labels
    (T,) name a part of the tokens. NaN for a label that no token has.
    """
    members = functional.one_hot(labels, num_labels).float()
    return (right - without) @ members / members.sum(0)
