"""Other ways to compute the MoE layer of the layer benchmark, on the same weights: the rivals of moe_core.layer.

All have E experts D -> F -> D with ReLU, and a top-2 router without a bias whose two gates are divided by their sum.
Nothing is dropped. Where a rival's work differs from ours, its docstring says in what.
"""

import warnings
from collections.abc import Callable

import torch
from torch import Tensor, nn

from moe_core.experts import MLPExperts
from moe_core.layer import MoELayer
from moe_core.routing import TokenRouting

with warnings.catch_warnings(action="ignore"):
    import mixture_of_experts
    import st_moe_pytorch

Forward = Callable[[Tensor], Tensor]
"""x (T, D) to the layer's output (T, D)."""


def naive_loop(layer: MoELayer) -> tuple[nn.Module, Forward]:
    """The loop that everyone writes: for each expert find its tokens, compute them, add them where they belong."""
    networks = expert_networks(layer)

    def forward(x: Tensor) -> Tensor:
        routing = layer.router(x)
        assert isinstance(routing, TokenRouting)
        output = torch.zeros_like(x)
        for expert, network in enumerate(networks):
            token = torch.where(routing.kept[:, expert])[0]
            gate = routing.gates[token, expert].unsqueeze(-1)
            output.index_add_(0, token, gate * network(x[token]))
        return output

    return nn.ModuleList([layer.router, networks]), forward


def lucidrains_mixture_of_experts(layer: MoELayer, most_tokens: int) -> tuple[nn.Module, Forward]:
    """mixture-of-experts, whose experts have no biases (ours hold zeros), and which computes a balancing loss too.

    Its capacity is most_tokens, the largest load of an expert, so that nothing is dropped and little is padded.
    """
    num_experts, d_model, d_hidden = experts_of(layer).w_in.shape
    model = mixture_of_experts.MoE(
        dim=d_model,
        num_experts=num_experts,
        hidden_dim=d_hidden,
        activation=nn.ReLU,
        second_policy_train="all",
    )
    with torch.no_grad():
        model.gate.w_gating.copy_(router_matrix(layer).T)
        model.experts.w1.copy_(experts_of(layer).w_in)
        model.experts.w2.copy_(experts_of(layer).w_out)

    def forward(x: Tensor) -> Tensor:
        model.gate.capacity_factor_train = capacity_factor(most_tokens, num_experts, len(x))
        output: Tensor = model(x.unsqueeze(0))[0]
        return output.squeeze(0)

    return model, forward


def lucidrains_st_moe(layer: MoELayer, most_tokens: int) -> tuple[nn.Module, Forward]:
    """st-moe-pytorch with experts of our kind in place of its own, which are gated (GEGLU). It computes a balancing
    loss and a z-loss too.

    Its capacity is most_tokens, as above. Its estimator for the gradient of the choice is off, since we have none.
    """
    num_experts, d_model, _ = experts_of(layer).w_in.shape
    model = st_moe_pytorch.MoE(
        dim=d_model,
        num_experts=num_experts,
        gating_top_n=2,
        threshold_train=0.0,
        straight_through_dispatch_tensor=False,
        experts=expert_networks(layer),
    )
    with torch.no_grad():
        model.gate.to_gates.weight.copy_(router_matrix(layer))

    def forward(x: Tensor) -> Tensor:
        model.gate.capacity_factor_train = capacity_factor(most_tokens, num_experts, len(x))
        output: Tensor = model(x.unsqueeze(0)).outputs
        return output.squeeze(0)

    return model, forward


def capacity_factor(capacity: int, num_experts: int, num_tokens: int) -> float:
    """The factor that both packages round down to this capacity."""
    return (capacity + 0.5) * num_experts / num_tokens


def expert_networks(layer: MoELayer) -> nn.ModuleList:
    """Each expert as a torch.nn network of its own."""
    experts = experts_of(layer)
    networks = nn.ModuleList()
    for w_in, b_in, w_out, b_out in zip(experts.w_in, experts.b_in, experts.w_out, experts.b_out, strict=True):
        network = nn.Sequential(nn.Linear(*w_in.shape), nn.ReLU(), nn.Linear(*w_out.shape))
        with torch.no_grad():
            for parameter, ours in zip(network.parameters(), (w_in.T, b_in, w_out.T, b_out), strict=True):
                parameter.copy_(ours)
        networks.append(network)
    return networks


def experts_of(layer: MoELayer) -> MLPExperts:
    assert isinstance(layer.experts, MLPExperts)
    return layer.experts


def router_matrix(layer: MoELayer) -> Tensor:
    """W (E, D)."""
    return layer.router.get_parameter("weight")
