"""The oracle: a mixture of experts as its definition has it, one token and one expert at a time.

Nothing here is batched, masked or gathered, so that a reader can check it by eye. Autograd gives its gradients.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from moe_core.config.routers import RouterConfig
from moe_core.experts import Experts, LinearExperts, MLPExperts
from moe_core.routers import HierarchicalRouter, LinearRouter, NoisyTopKRouter

Gates = dict[int, Tensor]
"""The gate of each chosen expert of one token."""

Scores = list[Tensor]
"""One scalar for each expert, all of one token."""


def naive_softmax(scores: Scores) -> Scores:
    """exp of each score over the sum of all."""
    total = sum((score.exp() for score in scores), torch.zeros(()))
    return [score.exp() / total for score in scores]


def best_first(scores: Scores) -> list[int]:
    """Experts, the highest score first."""
    return sorted(range(len(scores)), key=lambda expert: scores[expert].item(), reverse=True)


def naive_top_k(config: RouterConfig, logits: Scores, noise: Scores) -> Gates:
    """The k most probable experts; their probabilities, divided by their sum if the config says so."""
    probs, values = naive_softmax(logits), config.model_dump()
    gates = {expert: probs[expert] for expert in best_first(probs)[: values["k"]]}
    if values["renormalize"]:
        total = sum(gates.values(), torch.zeros(()))
        gates = {expert: gate / total for expert, gate in gates.items()}
    return gates


def naive_switch(config: RouterConfig, logits: Scores, noise: Scores) -> Gates:
    """The most probable expert, with its probability."""
    probs = naive_softmax(logits)
    best = max(range(len(probs)), key=lambda expert: probs[expert].item())
    return {best: probs[best]}


def naive_noisy_top_k(config: RouterConfig, logits: Scores, noise: Scores) -> Gates:
    """A softmax over the k highest logits, once noise was added."""
    noisy = [logit + disturbance for logit, disturbance in zip(logits, noise, strict=True)]
    chosen = best_first(noisy)[: config.model_dump()["k"]]
    return dict(zip(chosen, naive_softmax([noisy[expert] for expert in chosen]), strict=True))


def naive_dense(config: RouterConfig, logits: Scores, noise: Scores) -> Gates:
    """Every expert, with its probability."""
    return dict(enumerate(naive_softmax(logits)))


NAIVE_ROUTERS: dict[str, Callable[[RouterConfig, Scores, Scores], Gates]] = {
    "top_k": naive_top_k,
    "switch": naive_switch,
    "noisy_top_k": naive_noisy_top_k,
    "dense": naive_dense,
    "hierarchical": naive_dense,
}


def naive_layer(config: RouterConfig, router: LinearRouter, experts: Experts, x: Tensor) -> Tensor:
    """The output (T, d_out) for x (T, D), from the parameters of router and experts alone, in training mode.

    A router with noise is given the noise that it will draw next, from a copy of its stream.
    """
    draws = torch.zeros(len(x), len(router.weight))
    if router.noise is not None:
        draws = torch.randn(draws.shape, generator=router.noise.clone_state())
    outputs = []
    for token, its_draws in zip(x, draws, strict=True):
        logits = [row @ token for row in router.weight]
        if router.bias is not None:
            logits = [logit + constant for logit, constant in zip(logits, router.bias, strict=True)]
        if isinstance(router, HierarchicalRouter):
            logits = naive_hierarchy(router, logits, token)
        logits = [logit / config.temperature for logit in logits]
        noise = [draw * std for draw, std in zip(its_draws, naive_noise_std(config, router, token), strict=True)]
        gates = NAIVE_ROUTERS[config.router](config, logits, noise)
        outputs.append(sum((gate * naive_expert(experts, e, token) for e, gate in gates.items()), torch.zeros(())))
    return torch.stack(outputs)


def naive_hierarchy(router: HierarchicalRouter, scores: Scores, token: Tensor) -> Scores:
    """log of g_i g_j|i for each expert j of each branch i: a softmax over the branches, and one inside each."""
    tops = [row @ token for row in router.top_weight]
    if router.top_bias is not None:
        tops = [top + constant for top, constant in zip(tops, router.top_bias, strict=True)]
    size = len(scores) // len(tops)
    joint = []
    for branch, gate in enumerate(naive_softmax(tops)):
        joint += [(gate * inner).log() for inner in naive_softmax(scores[branch * size : (branch + 1) * size])]
    return joint


def naive_noise_std(config: RouterConfig, router: LinearRouter, token: Tensor) -> Scores:
    """The standard deviation of the noise on each logit: ln(1 + exp(w_noise x)), times its factor, plus 0.01."""
    if not isinstance(router, NoisyTopKRouter):
        return [torch.zeros(())] * len(router.weight)
    factor = config.model_dump()["router_noise"]
    return [factor * (1 + (row @ token).exp()).log() + 0.01 for row in router.noise_weight]


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
