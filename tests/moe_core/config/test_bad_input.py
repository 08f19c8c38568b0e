"""Every router that chooses k experts refuses a k over their number, by its name: in the settings, and by itself."""

from typing import Any

import pytest

from moe_core.config import SECTIONS, ConfigError, RunConfig
from moe_core.config.routers import RouterSection
from tests.moe_core.cases import new_router

CHOOSING_K = [
    variant for variant in SECTIONS["router"] if issubclass(variant, RouterSection) and "k" in variant.model_fields
]


@pytest.mark.parametrize("variant", CHOOSING_K, ids=lambda variant: variant.model_fields["router"].default)
def test_a_k_over_the_number_of_experts_is_refused_by_its_name(variant: Any) -> None:
    router = variant.model_fields["router"].default
    with pytest.raises(ConfigError, match=r"^k = 9 was refused: it is at most "):
        RunConfig.from_settings({"router": router, "balancer": "none", "k": 9, "num_experts": 8})
    with pytest.raises(ValueError, match=r"^k = 9 was refused: it is a whole number from 1 to num_experts, which is 8"):
        new_router(variant(k=9), 3, num_experts=8)


def test_there_are_such_routers() -> None:
    """So that the test above is not empty."""
    names = {variant.model_fields["router"].default for variant in CHOOSING_K}
    assert {"top_k", "noisy_top_k", "sigmoid", "cosine", "group_limited", "sinkhorn"} <= names
