"""Routers by which one token may get more experts than another."""

import math
from typing import ClassVar, Literal

from moe_core.config.routers.section import LinearRouterConfig, renormalized
from moe_core.config.section import setting


class TopPRouterConfig(LinearRouterConfig):
    """Each token goes to as few experts as together have the probability p: an unsure router asks more of them."""

    title: ClassVar[str] = "Top-p"
    router: Literal["top_p"] = "top_p"
    varies: ClassVar[bool] = True
    p: float = setting(
        0.4,
        label="Probability to reach (p)",
        help="Experts are added, the most probable first, until their probabilities sum to this.",
        live=True,
        ge=0.01,
        le=1.0,
        slider=(0.05, 1.0),
    )
    renormalize: bool = renormalized(False)

    def most_chosen(self, num_experts: int) -> int:
        """All of them, where the router is unsure enough."""
        return num_experts

    def typically_chosen(self, num_experts: int) -> int:
        """So many as reach p where all are equally probable."""
        # What floats add is no expert more: 0.28 x 25 is 7.000000000000001.
        return max(1, math.ceil(self.p * num_experts - 1e-9))


class ReluRouterConfig(LinearRouterConfig):
    """Each token goes to every expert whose logit is above zero, and the logit is the gate."""

    title: ClassVar[str] = "ReLU (ReMoE)"
    router: Literal["relu"] = "relu"
    varies: ClassVar[bool] = True
    uses_bias: ClassVar[bool] = False
    target_k: int = setting(
        2,
        label="Experts to aim for",
        help="How many experts a token should get on average. The router alone does not see to it: the balancer "
        "adaptive_l1 does.",
        live=True,
        ge=1,
        le=64,
        slider=(1, 8),
    )

    def most_chosen(self, num_experts: int) -> int:
        """All of them, where all logits are above zero."""
        return num_experts

    def typically_chosen(self, num_experts: int) -> int:
        """What is aimed for."""
        return self.target_k

    def refusal(self, num_experts: int) -> dict[str, str]:
        """No more can be aimed for than there are."""
        if self.target_k <= num_experts:
            return {}
        return {
            "target_k": f"it is at most the number of experts, which is {num_experts}",
            "num_experts": f"it is at least {self.target_k}, the experts to aim for",
            "router": f"it would aim for {self.target_k} experts a token, and the number of experts is {num_experts}",
        }
