"""The sequence-wise loss of DeepSeek-V3 as a balancer (DeepSeek-AI 2024, arXiv 2412.19437, eq. 17 to 20). V3 balances
by a bias and keeps this beside it with a tiny weight, so that no single sequence goes to a few experts.

    loss = alpha mean over sequences of E sum_e f_e P_e,   see `moe_core.losses.sequence_balance_loss`

f and P (E,) are load and importance inside a sequence, which is a run of tokens that stand next to each other in a
batch. Batches are drawn at random here, so sequences are small random batches: what the loss asks for is balance in
smaller pieces than a batch.

What people get wrong: "without an auxiliary loss" is not quite true of V3.
"""

from typing import final

from torch import Tensor

from moe_core.balancers.balancer import Balancer
from moe_core.losses import sequence_balance_loss
from moe_core.routing import Routing


@final
class SequenceLoss(Balancer):
    """sequence_coefficient is alpha, at least 0, by default the paper's 0.0001; sequence_length counts tokens."""

    def __init__(self, sequence_coefficient: float, sequence_length: int) -> None:
        super().__init__()
        self.sequence_coefficient = sequence_coefficient
        self.sequence_length = sequence_length

    def loss(self, routing: Routing) -> Tensor:
        return self.sequence_coefficient * sequence_balance_loss(routing, self.sequence_length)
