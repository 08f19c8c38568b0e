"""Switch routing: one expert a token (Fedus, Zoph and Shazeer 2021, arXiv 2101.03961).

    p = softmax(x W^T + b),   i = argmax p,   y = p_i f_i(x)

The gate is p_i itself, not 1: that factor is the only way the task's loss reaches the router.
"""

from typing import final

from torch import Tensor

from moe_core.routers.linear import LinearRouter
from moe_core.routing import TokenRouting


@final
class SwitchRouter(LinearRouter):
    """Choose the one best of E experts. The options are LinearRouter's."""

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        logits = self.logits(x)
        probs = logits.softmax(-1)
        assigned, selection = self.choose(logits, 1, probs)
        return TokenRouting(
            logits=logits, selection=selection, probs=probs, assigned=assigned, kept=assigned, gates=probs * assigned
        )
