"""Expert choice: experts choose tokens, each equally many (Zhou et al. 2022, arXiv 2202.09368).

    p = softmax over the experts of W x + b
    C = ceil(choice_factor T / E), at most T
    expert e takes the C tokens with the largest p_te, and   g_te = p_te where e took t, else 0

The load is even by construction, with no loss and no capacity beside C. choice_factor, the paper's c, is 2 there: a
token gets two experts on average, some get more, and some none, whose output is zero. Gates are not renormalised.

A killed expert takes nothing, and the others share its part.

What people get wrong: whether a token is taken depends on the tokens beside it, in evaluation too. In a sequence that
includes later ones, so a language model that writes word by word cannot route like this. A token alone is taken by
every expert.
"""

from typing import Any, final

import torch
from torch import Tensor

from moe_core.capacity import places_each
from moe_core.routers.linear import LinearRouter
from moe_core.routing import TokenRouting


@final
class ExpertChoiceRouter(LinearRouter):
    """Each of E experts takes choice_factor times its fair share of the tokens; choice_factor is over 0.

    Raises ValueError for another. `linear` holds LinearRouter's options.
    """

    def __init__(self, *, d_model: int, num_experts: int, choice_factor: float = 2.0, **linear: Any) -> None:
        super().__init__(d_model=d_model, num_experts=num_experts, **linear)
        if not choice_factor > 0.0:
            raise ValueError(f"choice_factor = {choice_factor} was refused: it is over 0, or no token would be taken.")
        self.choice_factor = choice_factor

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        logits = self.logits(x)
        probs = logits.softmax(-1)
        count = min(len(x), places_each(self.choice_factor, len(x), float(self.shares.sum())))
        selection = self.compared(probs, probs)
        assigned = torch.zeros_like(probs, dtype=torch.bool).scatter_(0, selection.topk(count, dim=0).indices, True)
        if self.touched:
            assigned = (assigned | self.forced) & self.alive
        return TokenRouting(
            logits=logits, selection=selection, probs=probs, assigned=assigned, kept=assigned, gates=probs * assigned
        )
