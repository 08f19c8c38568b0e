"""stub"""

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
    frozen: Tensor

    def __init__(self, num_experts: int) -> None:
        super().__init__()
        self.register_buffer("frozen", torch.zeros(num_experts, dtype=torch.bool))

    @abstractmethod
    def forward(self, inputs: DispatchedTokens) -> DispatchedTokens: ...

    def everywhere(self, x: Tensor) -> Tensor:
        outputs = self(BatchedTokens(x.expand(len(self.frozen), *x.shape)))
        return outputs.values
