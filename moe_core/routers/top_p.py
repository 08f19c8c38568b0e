"""Top-p routing (Huang et al. 2024, arXiv 2403.07652): a token gets as few experts as together are probable enough, so
a hard token gets more of them than an easy one.

    p_e = softmax(W x + b)_e,   sorted: p_(1) >= p_(2) >= ...
    S = the first n experts, n the least with p_(1) + ... + p_(n) >= p
    not renormalize:  g_e = p_e                       for e in S, else 0      (the paper)
    renormalize:      g_e = p_e / sum_{j in S} p_j    for e in S, else 0

Shapes: x (T, D), p_e (T, E). The setting p, which has no index, is 0.4 as in the paper. At least one expert is chosen,
and with p = 1 all are whose probability float32 can tell from 0.

What people get wrong: the number of experts is not a setting but what the router has learned. Left alone it can be
pulled up, since unsure routing uses more experts: the paper adds the mean entropy of the p_e, times 1e-4, to the loss
(the balancer entropy_loss). And a uniform router asks p E experts, not a few.
"""

from typing import Any, final

from torch import Tensor
from torch.nn import functional

from moe_core.routers.linear import LinearRouter
from moe_core.routers.router import gates_of_chosen
from moe_core.routing import TokenRouting


@final
class TopPRouter(LinearRouter):
    """Choose experts until their probabilities sum to p, 0 < p <= 1. Raises ValueError for another p.

    `linear` holds LinearRouter's options. With a selection bias the experts are taken in the order of probs + bias;
    what is summed is the probs. A forced expert is taken first.
    """

    def __init__(self, *, p: float, renormalize: bool = False, **linear: Any) -> None:
        super().__init__(**linear)
        if not 0.0 < p <= 1.0:
            raise ValueError(f"p = {p} was refused: it is over 0 and at most 1.")
        self.p = p
        self.renormalize = renormalize

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        logits = self.logits(x)
        probs = logits.softmax(-1)
        selection = self.compared(logits, probs)
        best_first = selection.argsort(dim=-1, descending=True)
        reached = probs.detach().gather(-1, best_first).cumsum(-1)
        # An expert is needed while those before it have not reached p. Before the first there is nobody.
        needed = functional.pad(reached[:, :-1], (1, 0)) < self.p
        assigned = needed.scatter(-1, best_first, needed)
        if self.touched:
            assigned = assigned & self.alive
        return TokenRouting(
            logits=logits,
            selection=selection,
            probs=probs,
            assigned=assigned,
            kept=assigned,
            gates=gates_of_chosen(probs, assigned, self.renormalize),
        )
