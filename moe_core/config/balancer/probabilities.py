"""Balancers that look at probabilities, gates and logits, and count nothing."""

from typing import ClassVar, Literal

from moe_core.config.balancer.section import BalancerSection, coefficient
from moe_core.config.routers import RouterSection
from moe_core.config.section import setting


class MutualInformationConfig(BalancerSection):
    """The more the choice of expert says of the token, the less the loss: experts equally probable, each token sure."""

    title: ClassVar[str] = "Mutual information"
    balancer: Literal["mutual_information"] = "mutual_information"
    information_coefficient: float = coefficient(
        0.1, "Information coefficient", "Weight of the mutual information between expert and token."
    )


class EntropyLossConfig(BalancerSection):
    """The mean entropy of the router's probabilities: it makes the router sure. It balances nothing by itself."""

    title: ClassVar[str] = "Entropy loss"
    balancer: Literal["entropy_loss"] = "entropy_loss"
    entropy_coefficient: float = coefficient(
        0.0001, "Entropy coefficient", "Weight of the mean entropy of the router's probabilities."
    )

    @classmethod
    def refusal(cls, router: RouterSection) -> str:
        """The probabilities of the ReLU router are shares of its gates: sure or not, the same experts are asked."""
        if router.router == "relu":
            return "has no meaning when router is relu: it has gates and no probabilities to be sure with"
        return super().refusal(router)


class AdaptiveL1Config(BalancerSection):
    """Pulls the gates of the ReLU router down, as hard as it takes to have as many experts a token as it aims for."""

    title: ClassVar[str] = "Adaptive L1"
    balancer: Literal["adaptive_l1"] = "adaptive_l1"
    l1_start: float = setting(
        1e-8,
        label="First L1 coefficient",
        help="The coefficient (lambda) starts here. After each step it is multiplied by 1.2 if a token had more "
        "experts than are aimed for, and divided by 1.2 if not. 0 turns it off.",
        ge=0.0,
        le=100.0,
        slider=(1e-10, 1.0),
        logarithmic=True,
    )

    @classmethod
    def refusal(cls, router: RouterSection) -> str:
        """A smaller gate means fewer experts only where a gate of zero means that nobody is asked."""
        if router.router == "relu":
            return ""
        return "needs the router relu, which asks an expert where its gate is over zero"


class ZLossConfig(BalancerSection):
    """The router z-loss: it keeps the logits small. It does not balance the load by itself."""

    title: ClassVar[str] = "Router z-loss"
    balancer: Literal["z_loss"] = "z_loss"
    z_coefficient: float = coefficient(
        0.001, "Router z-loss coefficient", "Weight of the mean squared log-sum-exp of the router's logits."
    )

    @classmethod
    def refusal(cls, router: RouterSection) -> str:
        """It balances nothing, so that a router which balances itself may have it."""
        if router.router == "hierarchical":
            return "has no meaning when router is hierarchical: its logits are log-probabilities, so they cannot drift"
        return "" if router.learns else super().refusal(router)
