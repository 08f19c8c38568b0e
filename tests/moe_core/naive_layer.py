"""The oracle: a mixture of experts as its definition has it, one token and one expert at a time.

Nothing here is batched, masked or gathered, so that a reader can check it by eye. Autograd gives its gradients.
"""

import math
from collections.abc import Callable

import torch
from torch import Tensor

from moe_core.config.routers import RouterConfig
from moe_core.experts import Experts, GatedExperts, LinearExperts, MLPExperts
from moe_core.routers import CosineRouter, GShardRouter, HierarchicalRouter, LinearRouter, NoisyTopKRouter, Router

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


def naive_gshard(config: RouterConfig, logits: Scores, noise: Scores) -> Gates:
    """The two most probable experts, by their shares of the two; the second if its draw is under share / threshold.

    The draw is from 0 to 1, the same for every expert of a token.
    """
    probs, values = naive_softmax(logits), config.model_dump()
    first, second = best_first(probs)[:2]
    gates = {expert: probs[expert] / (probs[first] + probs[second]) for expert in (first, second)}
    if values["second_expert"] == "random" and noise[second] >= gates[second] / values["second_threshold"]:
        del gates[second]
    return gates


def naive_sigmoid(config: RouterConfig, logits: Scores, noise: Scores) -> Gates:
    """The k experts with the largest sigmoids; these, divided by their sum if the config says so."""
    scores, values = [1 / (1 + (-logit).exp()) for logit in logits], config.model_dump()
    gates = {expert: scores[expert] for expert in best_first(scores)[: values["k"]]}
    if values["renormalize"]:
        total = sum(gates.values(), torch.zeros(()))
        gates = {expert: gate / total for expert, gate in gates.items()}
    return gates


def naive_group_limited(config: RouterConfig, logits: Scores, noise: Scores) -> Gates:
    """The best groups by their best score or the sum of their two best, then the k best experts in them."""
    values = config.model_dump()
    scores = naive_softmax(logits) if values["score"] == "softmax" else [1 / (1 + (-logit).exp()) for logit in logits]
    size = len(scores) // values["num_groups"]
    groups = [range(start, start + size) for start in range(0, len(scores), size)]
    counted = 1 if values["group_score"] == "max" else 2
    best_of_each = [[scores[e] for e in best_first(scores) if e in group][:counted] for group in groups]
    best_groups = best_first([sum(best, torch.zeros(())) for best in best_of_each])
    open_to_it = {expert for group in best_groups[: values["groups_kept"]] for expert in groups[group]}
    chosen = [expert for expert in best_first(scores) if expert in open_to_it][: values["k"]]
    total = sum((scores[expert] for expert in chosen), torch.zeros(())) if values["score"] == "sigmoid" else 1.0
    return {expert: values["routed_scaling"] * scores[expert] / total for expert in chosen}


def naive_cosine(config: RouterConfig, logits: Scores, noise: Scores) -> Gates:
    """The k highest cosines, with the probability of each among all; the logits are the cosines over tau."""
    return naive_top_k(config, logits, noise)


def naive_top_p(config: RouterConfig, logits: Scores, noise: Scores) -> Gates:
    """The most probable experts, one after another, until their probabilities sum to p."""
    probs, values, gates = naive_softmax(logits), config.model_dump(), Gates()
    for expert in best_first(probs):
        gates[expert] = probs[expert]
        if sum(gate.item() for gate in gates.values()) >= values["p"]:
            break
    total = sum(gates.values(), torch.zeros(()))
    return {expert: gate / total if values["renormalize"] else gate for expert, gate in gates.items()}


def naive_relu(config: RouterConfig, logits: Scores, noise: Scores) -> Gates:
    """Every expert whose logit is over zero, with the logit as its gate."""
    return {expert: logit for expert, logit in enumerate(logits) if logit.item() > 0}


NAIVE_ROUTERS: dict[str, Callable[[RouterConfig, Scores, Scores], Gates]] = {
    "top_k": naive_top_k,
    "switch": naive_switch,
    "noisy_top_k": naive_noisy_top_k,
    "cosine": naive_cosine,
    "top_p": naive_top_p,
    "relu": naive_relu,
    "dense": naive_dense,
    "gshard": naive_gshard,
    "sigmoid": naive_sigmoid,
    "group_limited": naive_group_limited,
    "hierarchical": naive_dense,
}


def naive_layer(config: RouterConfig, router: Router, experts: Experts, x: Tensor) -> Tensor:
    """The output (T, d_out) for x (T, D), from the parameters of router and experts alone, in training mode.

    A router with noise is given the noise that it will draw next, from a copy of its stream.
    """
    outputs, silence = [], torch.zeros(experts.everywhere(x[:1]).shape[-1])
    for token, read, its_draws in zip(x, naive_reading(config, router, x), naive_draws(router, x), strict=True):
        logits = naive_logits(router, read, token)
        noise = [draw * std for draw, std in zip(its_draws, naive_noise_std(config, router, token), strict=True)]
        gates = NAIVE_ROUTERS[config.router](config, logits, noise)
        outputs.append(sum((gate * naive_expert(experts, e, token) for e, gate in gates.items()), silence))
    return torch.stack(outputs)


def naive_reading(config: RouterConfig, router: Router, x: Tensor) -> Tensor:
    """What the router reads (T, D): each number of a token, times a factor from 1 - jitter to 1 + jitter."""
    jitter = config.model_dump().get("input_jitter", 0.0)
    if router.noise is None or not jitter:
        return x
    return x * torch.rand(x.shape, generator=router.noise.clone_state()).mul(2 * jitter).add(1 - jitter)


def naive_draws(router: Router, x: Tensor) -> Tensor:
    """What the router draws for each token and expert (T, E): normal, or one from 0 to 1 for all experts of a token."""
    shape = len(x), len(router.offset)
    if router.noise is None:
        return torch.zeros(shape)
    stream = router.noise.clone_state()
    if isinstance(router, GShardRouter):
        return torch.rand((len(x), 1), generator=stream).expand(shape)
    return torch.randn(shape, generator=stream)


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


def naive_logits(router: Router, read: Tensor, token: Tensor) -> Scores:
    """An expert's row times what is read, plus its constant, over the temperature; or the cosine of both over tau."""
    if isinstance(router, CosineRouter):
        mine = router.projection @ read
        cosines = [row @ mine / (row.square().sum().sqrt() * mine.square().sum().sqrt()) for row in router.embeddings]
        return [cosine / (router.log_tau.exp() + 0.01) for cosine in cosines]
    assert isinstance(router, LinearRouter)
    logits = [row @ read for row in router.weight]
    if router.bias is not None:
        logits = [logit + constant for logit, constant in zip(logits, router.bias, strict=True)]
    if isinstance(router, HierarchicalRouter):
        logits = naive_hierarchy(router, logits, token)
    return [logit / router.temperature for logit in logits]


def naive_noise_std(config: RouterConfig, router: Router, token: Tensor) -> Scores:
    """The standard deviation of the noise on each logit: ln(1 + exp(w_noise x)), times its factor, plus 0.01.

    A draw that is no noise on a logit is taken as it is.
    """
    if not isinstance(router, NoisyTopKRouter):
        return [torch.ones(())] * len(router.offset)
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
    if isinstance(experts, GatedExperts):
        z, u = (experts.w_in[expert] @ token).chunk(2)
        return experts.w_out[expert] @ (NAIVE_ACTIVATIONS["silu"](z) * u)
    assert isinstance(experts, MLPExperts)
    hidden = NAIVE_ACTIVATIONS[experts.activation](token @ experts.w_in[expert] + experts.b_in[expert])
    return hidden @ experts.w_out[expert] + experts.b_out[expert]
