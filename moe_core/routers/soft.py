"""Soft MoE: nothing is chosen; each expert answers a few mixtures of all tokens (Puigcerver et al. 2023, arXiv
2308.00951).

    h_tes = scale cos(x_t, w_es)                    slot s of expert e;   cos(a, b) = a . b / (|a| |b|)
    dispatch = softmax over the tokens t of h       slot (e, s) holds  z_es = sum_t dispatch_tes x_t
    combine = softmax over all slots (e, s) of h    y_t = sum_es combine_tes y_e(z_es)

The work depends on the number of slots alone. Every token and every expert has a gradient at each step, so no expert
can die for want of tokens, and the load is even by construction. `weight` (E, slots_per_expert, D) is w, drawn from
N(0, 1 / D); `scale` () starts at 1, both as in the authors' code (vmoe). Both sides are normalised so that the softmax
does not harden as D grows.

In the paper the tokens are the patches of one image. Here every example of a batch is a token: an example is answered
through means of the examples beside it, in evaluation the whole test split, and one that is looked at alone is its own
mean. So what it gets changes with the company, and a prediction for one example by itself is another than in a batch.

A killed expert's slots have no weight in any output.

What people get wrong: it is not sparse gating made smooth. A slot is a blend of tokens, and the experts are never asked
about a token itself. Nor can it write word by word: a slot mixes later tokens in.
"""

import math
from typing import final

import torch
from torch import Generator, Tensor, nn
from torch.nn import functional

from moe_core.routers.router import Router
from moe_core.routing import SlotRouting


@final
class SoftRouter(Router):
    """Mix tokens into slots_per_expert slots for each of E experts, and the answers back. Raises ValueError for 0."""

    shared_parameters = frozenset({"scale"})

    def __init__(self, *, d_model: int, num_experts: int, generator: Generator, slots_per_expert: int = 1) -> None:
        super().__init__(num_experts)
        if slots_per_expert < 1:
            raise ValueError(f"slots_per_expert = {slots_per_expert} was refused: it is a whole number from 1.")
        directions = torch.randn(num_experts, slots_per_expert, d_model, generator=generator)
        self.weight = nn.Parameter(directions / math.sqrt(d_model))
        self.scale = nn.Parameter(torch.ones(()))

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> SlotRouting:
        directions = functional.normalize(self.weight, dim=-1).flatten(0, 1)
        cosines = functional.linear(functional.normalize(x, dim=-1), directions)
        scores = (self.scale * cosines).view(len(x), *self.weight.shape[:2])
        dispatch = scores.softmax(0)
        if self.touched:
            scores = scores + self.offset.unsqueeze(-1)
        combine = scores.flatten(1).softmax(-1).view_as(scores)
        return SlotRouting(dispatch_weights=dispatch, combine_weights=combine, logits=scores.logsumexp(-1))
