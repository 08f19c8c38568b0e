"""Dense gating: every expert answers every token (Jacobs, Jordan, Nowlan and Hinton 1991, Neural Computation 3:79).

    g = p = softmax(x W^T + b),   y = sum_e p_e f_e(x)

Nothing is chosen and nothing is saved: the work grows with E. Every logit has a gradient from every token.
"""

from typing import final

from torch import Tensor

from moe_core.routers.linear import LinearRouter
from moe_core.routing import TokenRouting


@final
class DenseRouter(LinearRouter):
    """Ask all E experts. The options are LinearRouter's. The load is even by construction: look at the importance."""

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        logits = self.logits(x)
        probs = logits.softmax(-1)
        assigned, selection = self.choose(logits, logits.shape[-1], probs)
        return TokenRouting(
            logits=logits, selection=selection, probs=probs, assigned=assigned, kept=assigned, gates=probs
        )
