"""Sinkhorn routing, S-BASE (Clark et al. 2022, arXiv 2202.01169): a balanced assignment, softened.

    h = W x + b
    training:     plan_te = r_t exp(h_te) m_e, its rows summing to 1 and its columns to T / E
                  S_t = the experts with the k largest plan_te
    evaluation:   S_t = the experts with the k largest h_te
    k = 1:   g_e = sigmoid(h_e)     k > 1:   g_e = softmax(h)_e, not renormalised     for e in S, else 0

The plan is that of optimal transport with entropy (Cuturi 2013, arXiv 1306.0895). Its rows and columns are scaled in
turn, by r and by m (Sinkhorn and Knopp 1967), until no column is off by more than 1e-4 of its share, at most 200 times.
That takes no gradient: the router learns through the gates alone. h + log m is the `selection`: log m is what an expert
is marked up or down by in this batch. The tolerance, the gates and k are Megatron's; the paper uses k = 1.

A killed expert's column is 0, and that of a new one grows while it wakes.

What people get wrong: columns of the plan have equal sums, and the numbers of tokens are only nearly equal, since each
token goes to its largest entry and not to all. And in evaluation nothing is balanced.
"""

from typing import Any, final

import torch
from torch import Tensor

from moe_core.routers.linear import LinearRouter
from moe_core.routers.router import KILLED, check_k
from moe_core.routing import TokenRouting

TOLERANCE = 1e-4
MOST_ROUNDS = 200
LARGEST_DIFFERENCE = 300.0
"""A logit that is further under its token's largest is counted as this far: e^-300 is nothing, and still a number."""


@final
class SinkhornRouter(LinearRouter):
    """Choose k of E experts, 1 <= k <= E, in training by a plan that is nearly even. Raises ValueError for another k.

    `linear` holds LinearRouter's options.
    """

    def __init__(self, *, d_model: int, num_experts: int, k: int = 1, **linear: Any) -> None:
        super().__init__(d_model=d_model, num_experts=num_experts, **linear)
        self.k = check_k(k, num_experts)

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        logits = self.logits(x)
        probs = logits.softmax(-1)
        compared = self.marked(logits.detach()) if self.training else logits
        assigned, selection = self.choose(compared, self.k, probs)
        gates = logits.sigmoid() if self.k == 1 else probs
        return TokenRouting(
            logits=logits, selection=selection, probs=probs, assigned=assigned, kept=assigned, gates=gates * assigned
        )

    @torch.no_grad()
    def marked(self, logits: Tensor) -> Tensor:
        """The logits (T, E) and log m (E,), which has mean zero."""
        shares = self.shares.double()
        marks = column_scales(logits.double(), shares).log()
        due = shares > 0
        return (logits + (marks - marks[due].mean())).masked_fill(~due, KILLED).to(logits)


def column_scales(logits: Tensor, shares: Tensor) -> Tensor:
    """m (E,) of the plan for logits (T, E) whose columns sum to T shares / sum(shares); zero where the share is."""
    kernel = (logits - logits.amax(-1, keepdim=True)).clamp(min=-LARGEST_DIFFERENCE).exp()
    wanted = len(logits) * shares / shares.sum()
    scales = (shares > 0).to(logits)
    for _ in range(MOST_ROUNDS):
        rows = 1.0 / (kernel @ scales)
        columns = rows @ kernel
        # Where nothing is wanted nothing is there.
        if bool(((scales * columns - wanted).abs() <= TOLERANCE * wanted).all()):
            break
        scales = wanted / columns
    return scales
