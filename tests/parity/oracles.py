"""Models of libraries that nobody here wrote, small and with our weights in them.

`pytest -m parity` runs these tests and four more, which stand beside what they check since their oracles are libraries
that every run needs: torch's mixture of distributions for the likelihoods of 1991 and 1994 (test_mixture_losses,
test_hme), scipy's assignment of repeated columns for BASE (routers/test_base), scikit-learn for the agreement of
experts and labels (metrics/test_agreement). What no library has is held against a slow transcription of its paper.
"""

from typing import Any

import torch
from torch import Tensor
from transformers import MixtralConfig, OlmoeConfig, SwitchTransformersConfig

from tests.moe_core.cases import NUM_EXPERTS

D, E, K, T = 6, NUM_EXPERTS, 2, 48
"""Inputs, experts, experts per token, tokens."""

TOLERANCE = 1e-6
"""Absolute, in float32: the two sum in other orders."""


def mixtral_config(**changes: Any) -> MixtralConfig:
    """One block of D inputs and E experts."""
    options: dict[str, Any] = {"hidden_size": D, "intermediate_size": 8, "num_local_experts": E}
    return MixtralConfig(**options, num_experts_per_tok=K, **changes)


def olmoe_config(**changes: Any) -> OlmoeConfig:
    """The same, of OLMoE."""
    options: dict[str, Any] = {"hidden_size": D, "num_experts": E, "num_experts_per_tok": K}
    return OlmoeConfig(**options, **changes)


def switch_config(**changes: Any) -> SwitchTransformersConfig:
    """The same, of the Switch Transformer, with a constant for each expert."""
    options: dict[str, Any] = {"hidden_size": D, "num_experts": E, "router_bias": True}
    return SwitchTransformersConfig(router_jitter_noise=0.0, **options, **changes)


def tokens(num_tokens: int = T, seed: int = 3) -> Tensor:
    """x (T, D), normal."""
    return torch.randn(num_tokens, D, generator=torch.Generator().manual_seed(seed))


def spread(num_experts: int, indices: Tensor, values: Tensor) -> Tensor:
    """Weights at the chosen experts (T, K) laid out over all of them (T, E)."""
    return torch.zeros(len(indices), num_experts).scatter_(-1, indices, values)
