"""Random routings and tables, from a seed."""

import torch
from torch import Generator, Tensor

SEEDS = range(5)


def seeded(seed: int) -> Generator:
    return Generator().manual_seed(seed)


def random_probs(num_tokens: int, num_experts: int, seed: int) -> Tensor:
    """Probabilities (T, E) from flat to nearly one-hot, as they are in training."""
    logits = torch.randn(num_tokens, num_experts, generator=seeded(seed))
    return (logits * torch.logspace(-1, 1.5, num_tokens)[:, None]).softmax(-1)


def random_assigned(num_tokens: int, num_experts: int, k: int, seed: int) -> Tensor:
    """Each token chooses k experts (T, E), bool."""
    chosen = torch.rand(num_tokens, num_experts, generator=seeded(seed)).topk(k).indices
    return torch.zeros(num_tokens, num_experts, dtype=torch.bool).scatter(1, chosen, value=True)


def permutation(size: int, seed: int) -> Tensor:
    return torch.randperm(size, generator=seeded(seed))
