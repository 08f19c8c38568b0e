"""Sparse upcycling: a mixture that begins as a network which was trained already (Komatsuzaki et al. 2022, arXiv
2212.05055).

    y_e(x) = n(x) for every expert e, n being the network,   the router is new

So at step 0   y = sum_{e in S} g_e n(x) = n(x) sum_{e in S} g_e:   where the chosen gates sum to 1 the mixture is the
network, whatever the router says, and where they do not it is the network times the sum of the chosen probabilities.

What people get wrong: with gates that are not renormalised the mixture begins as a damped network, and forgets part
of what it was copied for. Experts that are equal part only because the router sends them different tokens.
"""

import torch

from moe_core.experts import MLPExperts
from moe_core.model import PlainNetwork


def upcycle(experts: MLPExperts, network: PlainNetwork) -> None:
    """Make every expert a copy of the network, which is as wide as they are and as active: relu."""
    with torch.no_grad():
        for name, parameter in network.named_parameters():
            getattr(experts, name).copy_(parameter.expand(len(experts.frozen), *parameter.shape))
