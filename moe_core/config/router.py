"""Which router chooses the experts, and how its matrix starts. The torch twin of this union is `moe_core.routers`."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from moe_core.config.section import Section, setting


class LinearRouterConfig(Section):
    """What every linear router has: logits = (x W^T + b) / temperature, with W of shape (E, D)."""

    router_init: Literal["normal", "circle"] = setting(
        "normal",
        label="Router start",
        help="How the router's rows start: normal draws each entry from N(0, 1/D). circle spaces the rows evenly "
        "around a circle, in random order, so that on a plane every expert owns a wedge before training.",
    )
    router_init_scale: float = setting(
        1.0,
        label="Router start scale",
        help="Factor on the router's first weights. Small values start near indifference.",
        ge=0.0,
        le=100.0,
        slider=(0.0, 4.0),
    )
    router_bias: bool = setting(
        True, label="Router bias", help="Whether each expert's logit has a learned constant. It starts at zero."
    )
    temperature: float = setting(
        1.0,
        label="Temperature",
        help="The logits are divided by this. Above 1 the router is less sure of its choice, below 1 more.",
        live=True,
        ge=0.01,
        le=100.0,
        slider=(0.1, 10.0),
        logarithmic=True,
    )

    @property
    def vectors_per_expert(self) -> int:
        """How many rows of D products a token costs in the router, for each expert."""
        return 1


def experts_per_token(default: int) -> int:
    """The setting k of a router that chooses k of E experts."""
    k: int = setting(
        default,
        label="Experts per token (k)",
        help="How many experts each token is sent to.",
        live=True,
        ge=1,
        le=64,
        slider=(1, 8),
    )
    return k


class TopKRouterConfig(LinearRouterConfig):
    """Each token goes to the k experts with the largest probabilities."""

    title: ClassVar[str] = "Top-k"
    router: Literal["top_k"] = "top_k"
    k: int = experts_per_token(2)
    renormalize: bool = setting(
        True,
        label="Renormalise gates",
        help="On: the k gates are divided by their sum. Off: a gate is the expert's probability among all experts.",
    )

    def most_chosen(self, num_experts: int) -> int:
        """Most experts that a token is sent to."""
        return self.k


class SwitchRouterConfig(LinearRouterConfig):
    """Each token goes to one expert, and its gate is that expert's probability, not renormalised."""

    title: ClassVar[str] = "Switch (top-1)"
    router: Literal["switch"] = "switch"

    def most_chosen(self, num_experts: int) -> int:
        """One, whatever E is."""
        return 1


class NoisyTopKRouterConfig(LinearRouterConfig):
    """Each token goes to the k experts with the largest logits after learned noise was added to them."""

    title: ClassVar[str] = "Noisy top-k"
    router: Literal["noisy_top_k"] = "noisy_top_k"
    k: int = experts_per_token(2)
    router_noise: float = setting(
        1.0,
        label="Router noise",
        help="Factor on the learned standard deviation of the noise. 0 leaves 0.01, so that the load has a gradient.",
        live=True,
        ge=0.0,
        le=100.0,
        slider=(0.0, 4.0),
    )

    def most_chosen(self, num_experts: int) -> int:
        """Most experts that a token is sent to."""
        return self.k

    @property
    def vectors_per_expert(self) -> int:
        """One for the logit, one for the noise."""
        return 2


class DenseRouterConfig(LinearRouterConfig):
    """Each token goes to every expert, and each gate is the expert's probability."""

    title: ClassVar[str] = "Dense (every expert)"
    router: Literal["dense"] = "dense"

    def most_chosen(self, num_experts: int) -> int:
        """All of them."""
        return num_experts


RouterConfig = Annotated[
    TopKRouterConfig | SwitchRouterConfig | NoisyTopKRouterConfig | DenseRouterConfig, Field(discriminator="router")
]
