"""Sigmoid gating: each expert is scored by itself (DeepSeek-V3, 2024, arXiv 2412.19437, eq. 13 to 16; Llama 4).

    s = sigmoid(W x + b),   p_e = s_e / sum_j s_j
    S = the k experts with the largest s_e + beta_e, where beta is the selection bias, 0 unless a balancer moves it
    renormalize:      g_e = s_e / sum_{j in S} s_j   for e in S, else 0
    not renormalize:  g_e = s_e                      for e in S, else 0

A softmax makes experts compete: one gains only what another loses. A sigmoid asks each whether it fits, so several can
be sure at once, and all can be unsure. p is what balance losses read (the sequence-wise loss of DeepSeek-V3, eq. 19).

What people get wrong: without renormalisation the gates of a token do not sum to 1, and with k experts to as much as k.
With renormalisation and k = 1 the gate is always 1, so the task teaches the router nothing. DeepSeek-V3 renormalises,
as is the default here, and then multiplies by 2.5, which `group_limited` can; Llama 4 has k = 1, does not renormalise,
and weighs the expert's input, not its output.
"""

from typing import Any, final

from torch import Tensor
from torch.nn import functional

from moe_core.routers.linear import LinearRouter
from moe_core.routers.router import check_k, gates_of_chosen
from moe_core.routing import TokenRouting


@final
class SigmoidRouter(LinearRouter):
    """Choose k of E experts by their sigmoids, 1 <= k <= E. Raises ValueError for another k.

    `linear` holds LinearRouter's options.
    """

    def __init__(self, *, d_model: int, num_experts: int, k: int, renormalize: bool, **linear: Any) -> None:
        super().__init__(d_model=d_model, num_experts=num_experts, **linear)
        self.k = check_k(k, num_experts)
        self.renormalize = renormalize

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        logits = self.logits(x)
        # Shares of sigmoids by a softmax of their logarithms: numbers stay, also where all sigmoids round to zero.
        probs = functional.logsigmoid(logits).softmax(-1)
        assigned, selection = self.choose(logits, self.k, logits.sigmoid())
        return TokenRouting(
            logits=logits,
            selection=selection,
            probs=probs,
            assigned=assigned,
            kept=assigned,
            gates=gates_of_chosen(probs, assigned, renormalize=True)
            if self.renormalize
            else logits.sigmoid() * assigned,
        )
