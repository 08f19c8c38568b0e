"""Dense gating: every expert answers every token (Jacobs, Jordan, Nowlan and Hinton 1991, Neural Computation 3:79).

    g = p = softmax(W x + b),   y = sum_e p_e y_e

Nothing is chosen and nothing is saved: the work grows with E. Every logit has a gradient from every token.

What people get wrong: the load is even however little an answer counts, so an expert that is not heard shows in the
importance alone. And trained on the loss of y it is the cooperative mixture of 1991, which the paper warns of: each
expert makes up for the others. See `moe_core.mixture_losses`.
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
