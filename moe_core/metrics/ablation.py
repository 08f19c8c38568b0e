"""What the layer would answer without one of its experts."""

from torch import Tensor


def without_each_expert(outputs: Tensor, gates: Tensor) -> Tensor:
    """The layer's output with expert e removed, for every e: outputs (E, T, C) and gates (T, E) to (E, T, C).

        y_t without e = sum_{e' != e} gates[t, e'] outputs[e', t]

    Expert e's gate is set to 0 and nothing else happens. The remaining gates are not renormalised, the router does not
    choose again, and places that e would have freed are not filled: a token that had chosen e alone gets 0. So this
    measures what e adds to the model as it is, not how well the model could do with E - 1 experts. A weight of the
    token itself (`TokenRouting.residual`) is not in here.

    Setting a unit to zero is the ablation of Morcos et al. 2018 (arXiv 1803.06959).
    """
    answers = gates.T.unsqueeze(-1) * outputs
    return answers.sum(0) - answers
