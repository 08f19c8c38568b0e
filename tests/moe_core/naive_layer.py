"""The oracle: a mixture of experts as its definition has it, one token and one expert at a time.

Nothing here is batched, masked or gathered, so that a reader can check it by eye. Autograd gives its gradients.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from moe_core.config.router import RouterConfig
from moe_core.experts import Experts, LinearExperts, MLPExperts
from moe_core.routers import LinearRouter

Gates = dict[int, Tensor]
"""The gate of each chosen expert of one token."""


def naive_top_k(config: RouterConfig, probs: list[Tensor]) -> Gates:
    """The k most probable experts; their probabilities, divided by their sum if the config says so."""
    best_first = sorted(range(len(probs)), key=lambda expert: probs[expert].item(), reverse=True)
    gates = {expert: probs[expert] for expert in best_first[: config.k]}
    if config.model_dump()["renormalize"]:
        total = sum(gates.values(), torch.zeros(()))
        gates = {expert: gate / total for expert, gate in gates.items()}
    return gates


def naive_switch(config: RouterConfig, probs: list[Tensor]) -> Gates:
    """The most probable expert, with its probability."""
    best = max(range(len(probs)), key=lambda expert: probs[expert].item())
    return {best: probs[best]}


NAIVE_ROUTERS: dict[str, Callable[[RouterConfig, list[Tensor]], Gates]] = {
    "top_k": naive_top_k,
    "switch": naive_switch,
}


def naive_layer(config: RouterConfig, router: LinearRouter, experts: Experts, x: Tensor) -> Tensor:
    """The output (T, d_out) for x (T, D), from the router's matrix and bias and the experts' weights alone."""
    outputs = []
    for token in x:
        logits = [row @ token for row in router.weight]
        if router.bias is not None:
            logits = [logit + constant for logit, constant in zip(logits, router.bias, strict=True)]
        total = sum((logit.exp() for logit in logits), torch.zeros(()))
        gates = NAIVE_ROUTERS[config.router](config, [logit.exp() / total for logit in logits])
        outputs.append(sum((gate * naive_expert(experts, e, token) for e, gate in gates.items()), torch.zeros(())))
    return torch.stack(outputs)


NAIVE_ACTIVATIONS: dict[str, Callable[[Tensor], Tensor]] = {
    "relu": lambda z: z.clamp(min=0.0),
    "gelu": lambda z: z * (1 + torch.erf(z / math.sqrt(2))) / 2,
    "silu": lambda z: z / (1 + (-z).exp()),
    "tanh": lambda z: (z.exp() - (-z).exp()) / (z.exp() + (-z).exp()),
}


def naive_expert(experts: Experts, expert: int, token: Tensor) -> Tensor:
    """What one expert answers to one token: (D,) to (d_out,)."""
    if isinstance(experts, LinearExperts):
        return token @ experts.weight[expert] + experts.bias[expert]
    assert isinstance(experts, MLPExperts)
    hidden = NAIVE_ACTIVATIONS[experts.activation](token @ experts.w_in[expert] + experts.b_in[expert])
    return hidden @ experts.w_out[expert] + experts.b_out[expert]
