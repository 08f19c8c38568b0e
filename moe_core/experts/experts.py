"""What every kind of experts is: E functions of one shape, held together and computed together."""

import math
from abc import ABC, abstractmethod

import torch
from torch import Generator, Tensor, nn

from moe_core.dispatch import BatchedTokens, DispatchedTokens


def uniform(*shape: int, fan_in: int, generator: Generator) -> nn.Parameter:
    """First weights, uniform in +-1/sqrt(fan_in), as torch.nn.Linear has them."""
    bound = 1.0 / math.sqrt(fan_in)
    return nn.Parameter((torch.rand(shape, generator=generator) * 2.0 - 1.0) * bound)


class Experts(nn.Module, ABC):
    """Abstract. Every parameter has the expert as its first axis: row e is expert e, whatever the other rows hold.

    work         what one token costs in one expert, as `moe_core.config.cost.pair_work` counts it
    frozen (E,)  bool buffer: experts whose weights training must not move; all False at first

    Subclasses are final. They take `num_experts`, `d_model`, `d_out` and `generator` by keyword, and their own settings
    beside them.
    """

    frozen: Tensor

    def __init__(self, num_experts: int, work: int) -> None:
        super().__init__()
        self.work = work
        self.register_buffer("frozen", torch.zeros(num_experts, dtype=torch.bool))

    @abstractmethod
    def forward(self, tokens: DispatchedTokens) -> DispatchedTokens:
        """Send each row through its expert; the layout of the rows is kept."""

    def everywhere(self, x: Tensor) -> Tensor:
        """Every expert's answer to every token, asked or not: x (T, D) to (E, T, d_out)."""
        outputs = self(BatchedTokens.everywhere(x, len(self.frozen)))
        return outputs.values
