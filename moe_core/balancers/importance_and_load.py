"""The two balancing losses of noisy top-k gating (Shazeer et al. 2017, arXiv 1701.06538, section 4). One asks for equal
sums of gates, the other for equal numbers of tokens.

    loss = w_importance CV(sum_t g_t)^2 + w_load CV(sum_t Pr(t, .))^2

Both are sums over the batch (E,): see `moe_core.losses.importance_loss` and `moe_core.losses.load_loss`.

What people get wrong: the first alone evens no counts. An expert may have a few tokens with large gates, another many
with small ones. And a count has no gradient, so the second needs the noise.
"""

from typing import final

from torch import Tensor

from moe_core.balancers.balancer import Balancer
from moe_core.losses import importance_loss, load_loss
from moe_core.routing import Routing, TokenRouting


@final
class ImportanceAndLoad(Balancer):
    """importance_coefficient CV(importance)^2 + load_coefficient CV(load)^2.

    Both are 0.1 by default, as in one of the best runs in the paper (table 6).
    """

    def __init__(self, importance_coefficient: float, load_coefficient: float) -> None:
        super().__init__()
        self.importance_coefficient = importance_coefficient
        self.load_coefficient = load_coefficient

    def loss(self, routing: Routing) -> Tensor:
        assert isinstance(routing, TokenRouting)
        return self.importance_coefficient * importance_loss(routing) + self.load_coefficient * load_loss(routing)
