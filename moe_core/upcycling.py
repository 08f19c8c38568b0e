"""Sparse upcycling: a mixture that begins as a network which was trained already (Komatsuzaki et al. 2022, arXiv
2212.05055).

    y_e(x) = n(x) for every expert e, n being the network,   the router is new

So at step 0   y = sum_{e in S} g_e n(x) = n(x) sum_{e in S} g_e:   where the chosen gates sum to 1 the mixture is the
network, whatever the router says, and where they do not it is the network times the sum of the chosen probabilities.

What people get wrong: with gates that are not renormalised the mixture begins as a damped network, and forgets part
of what it was copied for. Experts that are equal part only because the router sends them different tokens.
"""

from torch import Generator
from torch.nn import Parameter

from moe_core.experts import MLPExperts
from moe_core.layer import MoELayer
from moe_core.model import PlainNetwork
from moe_core.routers import Router


def upcycled(network: PlainNetwork, router: Router) -> MoELayer:
    """A layer behind `router` whose every expert is a copy of the network, x (T, D) to (T, C)."""
    num_experts, (d_model, d_hidden), d_out = len(router.offset), network.w_in.shape, len(network.b_out)
    experts = MLPExperts(
        num_experts=num_experts, d_model=d_model, d_out=d_out, d_hidden=d_hidden, generator=Generator()
    )
    for name, parameter in network.named_parameters():
        copies = parameter.detach().expand(num_experts, *parameter.shape)
        setattr(experts, name, Parameter(copies.clone()))
    return MoELayer(router, experts)
