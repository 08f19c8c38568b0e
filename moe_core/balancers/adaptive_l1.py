"""The adaptive L1 loss of ReMoE (Wang et al. 2024, arXiv 2412.14711): it pulls the gates of a ReLU router down, harder
while too many experts are asked and less hard while too few are.

    loss   = lambda_i L1(routing),   see `moe_core.losses.load_balanced_l1`
    unasked_i = share of the pairs of token and expert that are not asked at step i
    lambda_{i+1} = 1.2 lambda_i   if unasked_i < 1 - k / E,   lambda_i / 1.2   otherwise

k is the router's target_k. lambda starts at 1e-8 and is no setting that anybody has to find: it settles where k experts
are asked on average, and swings around that. It has a ceiling, MOST_WEIGHT, which the paper does not have.

What people get wrong: k is an average. No token is sure to get k experts, and some may get none.
"""

from typing import final

import torch
from torch import Tensor

from moe_core.balancers.balancer import Balancer
from moe_core.losses import load_balanced_l1
from moe_core.routers import Router
from moe_core.routing import Routing

GROWTH = 1.2
"""The factor on lambda from one step to the next, or one over it."""

LEAST_WEIGHT = torch.finfo(torch.float32).tiny
"""lambda is not divided down to zero, from where it could not grow back."""

MOST_WEIGHT = 100.0
"""lambda's ceiling: where nothing can bring the gates down, as in a router that does not learn, lambda and the loss
would grow without end, and the run would count as diverged. It is the largest lambda that a run may start from."""


@final
class AdaptiveL1(Balancer):
    """l1_start is the first lambda, at least 0; with 0 it stays 0. `weight` is lambda now, saved with the model."""

    weight: Tensor

    def __init__(self, l1_start: float) -> None:
        super().__init__()
        self.l1_start = l1_start
        self.register_buffer("weight", torch.tensor(float(l1_start)))

    def loss(self, routing: Routing) -> Tensor:
        return self.weight * load_balanced_l1(routing)

    def after_step(self, routing: Routing, router: Router) -> None:
        assert routing.target is not None
        asked = (routing.logits > 0).float().mean()
        too_many = 1 - asked < 1 - routing.target / routing.logits.shape[1]
        grown = self.weight * torch.where(too_many, GROWTH, 1 / GROWTH)
        self.weight.copy_(grown.clamp(min(self.l1_start, LEAST_WEIGHT), MOST_WEIGHT))
