"""Top-k routing: each token goes to the k experts it scores highest (Shazeer et al. 2017, arXiv 1701.06538).

    h = W x + b,   p = softmax(h)
    S = the k experts with the largest p_e
    renormalize:      g_e = p_e / sum_{j in S} p_j   for e in S, else 0
    not renormalize:  g_e = p_e                      for e in S, else 0

Defaults: k = 2 and renormalised, as in Mixtral (Jiang et al. 2024, arXiv 2401.04088). A killed expert among the k,
where fewer are alive, has a logit so low that its gate is exactly 0.

What people get wrong: softmax before and after the choice differ only without renormalisation. With it this equals a
softmax over the k chosen logits, which is how it is computed, and the logits that were not chosen get no gradient from
the task; without it they do, and with k = 1 it is the Switch router. With k = 1 and renormalisation the gate is always
1, so the task teaches the router nothing.
"""

from typing import Any, final

import torch
from torch import Tensor

from moe_core.routers.linear import LinearRouter
from moe_core.routers.router import check_k
from moe_core.routing import TokenRouting


@final
class TopKRouter(LinearRouter):
    """Choose k of E experts, 1 <= k <= E. Raises ValueError for another k. `linear` holds LinearRouter's options."""

    def __init__(self, *, d_model: int, num_experts: int, k: int, renormalize: bool, **linear: Any) -> None:
        super().__init__(d_model=d_model, num_experts=num_experts, **linear)
        self.k = check_k(k, num_experts)
        self.renormalize = renormalize

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        logits = self.logits(x)
        probs = logits.softmax(-1)
        selection = self.compared(logits, probs)
        chosen = selection.topk(self.k).indices
        assigned = self.as_assigned(chosen, selection)
        gates = softmax_over(chosen, logits) if self.renormalize else probs * assigned
        return TokenRouting(
            logits=logits,
            selection=selection,
            probs=probs,
            assigned=assigned,
            kept=assigned,
            gates=gates,
        )


def softmax_over(chosen: Tensor, logits: Tensor) -> Tensor:
    """Gates (T, E): the softmax over the logits of the chosen experts, whose numbers are (T, k), and 0 for others."""
    return torch.zeros_like(logits).scatter_(-1, chosen, logits.gather(-1, chosen).softmax(-1))
