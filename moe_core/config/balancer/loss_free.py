"""A balancer without a loss."""

from typing import ClassVar, Literal

from moe_core.config.balancer.section import BalancerSection
from moe_core.config.routers import RouterSection
from moe_core.config.section import setting


class LossFreeConfig(BalancerSection):
    """No loss: after each step a bias that only the choice sees rises for experts that had too few tokens."""

    title: ClassVar[str] = "Loss-free bias"
    balancer: Literal["loss_free"] = "loss_free"
    bias_rate: float = setting(
        0.001,
        label="Bias rate",
        help="How far each expert's bias moves in a step (u): up for experts with fewer tokens than the mean, down for "
        "those with more. 0 leaves the biases where they are.",
        live=True,
        ge=0.0,
        le=10.0,
        slider=(0.0001, 1.0),
        logarithmic=True,
    )

    @classmethod
    def refusal(cls, router: RouterSection) -> str:
        """There must be a choice by scores."""
        if router.uses_bias:
            return ""
        return f"has no meaning when router is {router.router}: it chooses by no scores that a bias could be added to"
