"""Cosine routing (X-MoE, Chi et al. 2022, arXiv 2204.09179): directions are compared, in a space of few dimensions, so
that a token is not pulled to its expert's row by the size of either.

    h_e = cos(V x, w_e) / tau,   cos(a, b) = a . b / (|a| |b|),   p = softmax(h)
    S = the k experts with the largest cosine
    not renormalize:  g_e = p_e                       for e in S, else 0
    renormalize:      g_e = p_e / sum_{j in S} p_j    for e in S, else 0

Shapes: x (T, D), V (d_e, D), w (E, d_e), h (T, E). tau > 0 is learned. It starts at 0.3, which is the paper's value for
softmax gates; d_e = 4 is the paper's E / 2 for eight experts, and stays 4 when experts are added.

A balance loss could be lowered by a hotter softmax alone. The paper computes it with a fixed tau_0 in place of tau.
Here it reads p as it is, and tau gets no gradient through p: gates alone teach tau, unless there is a z-loss, which
reads the logits h.

What people get wrong: the length of a token does not count, and there is no bias, so on a plane every expert owns
wedges around the origin. And the code released in torchscale is another router: there |w_e| is reset to 1.5 at each
step, the token is not normalised (that line is commented out), d_e is 16 whatever E is, and top-1 has no tau.
"""

import math
from typing import ClassVar, final

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from moe_core.routers.router import Router, check_k, gates_of_chosen
from moe_core.routing import TokenRouting

LEAST_TAU = 0.01
"""Added to every temperature, which is then never less than what other routers allow."""


@final
class CosineRouter(Router):
    """Choose k of E experts by cosine, 1 <= k <= E. Raises ValueError for another k, or a tau_start of 0.01 or less.

    projection (d_embedding, D) is V, and log_tau (), with tau = exp(log_tau) + 0.01: they belong to no expert.
    embeddings (E, d_embedding) has a row w_e for each expert.
    """

    shared_parameters: ClassVar[frozenset[str]] = frozenset({"projection", "log_tau"})

    def __init__(
        self,
        *,
        d_model: int,
        num_experts: int,
        generator: Generator,
        k: int,
        renormalize: bool = False,
        d_embedding: int = 4,
        tau_start: float = 0.3,
    ) -> None:
        super().__init__(num_experts)
        if tau_start <= LEAST_TAU:
            raise ValueError(f"tau_start = {tau_start} was refused: it is over {LEAST_TAU}.")
        self.k = check_k(k, num_experts)
        self.renormalize = renormalize
        self.projection = nn.Parameter(torch.randn(d_embedding, d_model, generator=generator) / math.sqrt(d_model))
        rows = torch.randn(num_experts, d_embedding, generator=generator)
        self.embeddings = nn.Parameter(rows / math.sqrt(d_embedding))
        self.log_tau = nn.Parameter(torch.tensor(math.log(tau_start - LEAST_TAU)))

    @property
    def tau(self) -> Tensor:
        """The temperature, a scalar."""
        return self.log_tau.exp() + LEAST_TAU

    def cosines(self, x: Tensor) -> Tensor:
        """cos(V x, w_e), x (T, D) to (T, E), each from -1 to 1. A token or a row of zeros has cosine 0 with all."""
        tokens = functional.normalize(functional.linear(x, self.projection), dim=-1)
        return functional.linear(tokens, functional.normalize(self.embeddings, dim=-1))

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        cosines, tau = self.cosines(x), self.tau
        logits, untaught = cosines / tau, cosines / tau.detach()
        if self.touched:
            # As in linear routers, a handicap counts in full, however cold or hot the router is.
            handicap = self.offset / tau.detach().clamp(max=1.0)
            logits, untaught = logits + handicap, untaught + handicap
        if self.moved is not None:
            logits, untaught = logits + self.moved, untaught + self.moved
        probs = untaught.softmax(-1)
        assigned, selection = self.choose(logits, self.k, probs)
        return TokenRouting(
            logits=logits,
            selection=selection,
            probs=probs,
            assigned=assigned,
            kept=assigned,
            gates=gates_of_chosen(logits.softmax(-1), assigned, self.renormalize),
        )
