"""Balancing without a loss (Wang et al. 2024, arXiv 2408.15664; in use in DeepSeek-V3, arXiv 2412.19437).

Each expert has a bias that is added to its score when experts are chosen and to nothing else. After each step the bias
of an expert with fewer tokens than the mean rises a little, and that of one with more falls: no gradient is disturbed.

    S = the k experts with the largest s_e + beta_e     the gate is made of the score s_e alone
    beta_e <- beta_e + u sign(1/E - f_e), then beta <- beta - mean(beta)     after the step

f (E,) is the load of the batch just trained, so a batch never decides its own routing; beta (E,) is the router's
`selection_bias`. u = 0.001 is the paper's; a small model that is trained for some hundred steps needs about 0.01. Too
large a rate makes the load swing.

What people get wrong: the bias is in no gate and no probability; it is learned from counts and by no gradient, so it
must be saved beside the weights; and the sign is plus for the expert that has too few. The papers do not subtract the
mean. A constant common to all experts changes no choice among them; but signs do not add up to zero, so the biases
would drift together, and an expert that comes later, with a bias of 0, would stand far above or below them all.
"""

from typing import final

import torch
from torch import Tensor

from moe_core.balancers.balancer import Balancer
from moe_core.routers import Router
from moe_core.routing import Routing

LARGEST_RATE = 10.0
"""A step is then ten times the difference between any two scores. Far above it, float32 would round scores away beside
the biases, and the biases would come near to what stands for a killed and for a forced expert."""


@final
class LossFree(Balancer):
    """bias_rate is u, at least 0: with the other sign the bias would feed the rich. Raises ValueError for one that is
    no number, or over LARGEST_RATE either way.

    Experts that are killed, or were just added and still sleep, take no part: their bias rests and both means are those
    of the others. While an expert is forced all biases rest, since the counts are then not the router's doing.
    """

    def __init__(self, bias_rate: float) -> None:
        super().__init__()
        if not abs(bias_rate) <= LARGEST_RATE:
            raise ValueError(f"bias_rate = {bias_rate:g} was refused: it is a number of at most {LARGEST_RATE:g}.")
        self.bias_rate = bias_rate

    def loss(self, routing: Routing) -> Tensor:
        return routing.importance.new_zeros(())

    def after_step(self, routing: Routing, router: Router) -> None:
        awake = router.offset == 0
        if router.touched and (router.forced.any() or not awake.any()):
            return
        counts = routing.assigned.sum(0)
        # The sign of mean(c) - c_e, in whole numbers: rounded, a mean is beside a count that it is equal to.
        missing = (counts * awake).sum() - awake.sum() * counts
        moved = router.selection_bias + self.bias_rate * torch.sign(missing)
        centred = moved - (moved * awake).sum() / awake.sum()
        router.selection_bias.copy_(torch.where(awake, centred, router.selection_bias))
        router.notice()
