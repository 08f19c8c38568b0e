"""ReLU routing (ReMoE, Wang et al. 2024, arXiv 2412.14711): an expert is asked where its logit is above zero, and the
logit is its gate. Gates grow from zero without a jump, so the output is a continuous function of the router.

    h = W x + b,   g = relu(h),   S = the experts with g_e > 0
    p_e = g_e / sum_j g_j

Shapes: x (T, D), h, g and p (T, E). There is no softmax and no competition: each expert decides for itself, and any
number may be asked. The balancer adaptive_l1 pulls the number to target_k on average.

A token may get no expert. It comes out as zero, and teaches the router nothing. No gate says anything then, so p is
1 / E for all experts that have not been killed: the router is sure of none.

What people get wrong: the gates of a token do not sum to 1, and are not bounded. p is not in the paper; metrics and
pictures read it. A forced expert whose logit is under zero is asked, and its answer counts nothing.
"""

from typing import Any, final

from torch import Tensor

from moe_core.routers.linear import LinearRouter
from moe_core.routers.router import FORCED
from moe_core.routing import TokenRouting


@final
class ReluRouter(LinearRouter):
    """Choose every expert with a logit over zero. `linear` holds LinearRouter's options.

    target_k is only passed on: how many experts a token should get on average, from 1 to E. Raises ValueError for
    another.
    """

    def __init__(self, *, num_experts: int, target_k: int, **linear: Any) -> None:
        super().__init__(num_experts=num_experts, **linear)
        if not 1 <= target_k <= num_experts:
            allowed = f"it is a whole number from 1 to num_experts, which is {num_experts}"
            raise ValueError(f"target_k = {target_k} was refused: {allowed}.")
        self.target_k = target_k

    def forward(self, x: Tensor, token_ids: Tensor | None = None) -> TokenRouting:
        logits = self.logits(x)
        selection, alive = logits, self.alive.to(logits)
        if self.touched:
            selection = logits.masked_fill(self.forced, FORCED)
        assigned = selection * alive > 0
        gates = logits.relu() * alive
        total = gates.sum(-1, keepdim=True)
        unanswered = (total == 0).to(gates)
        return TokenRouting(
            logits=logits,
            selection=selection,
            probs=(gates + unanswered * alive / alive.sum()) / (total + unanswered),
            assigned=assigned,
            kept=assigned,
            gates=gates,
            target=self.target_k,
        )
