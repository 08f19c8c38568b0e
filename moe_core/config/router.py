"""Which router chooses the experts, and how its matrix starts. The torch twin of this union is `moe_core.routers`."""

from typing import Annotated, Literal

from pydantic import Field

from moe_core.config.section import Section, setting


class LinearRouterConfig(Section):
    """What every linear router has: logits = x W^T + b, with W of shape (E, D)."""

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


class TopKRouterConfig(LinearRouterConfig):
    """Each token goes to the k experts with the largest probabilities."""

    router: Literal["top_k"] = "top_k"
    k: int = setting(
        2, label="Experts per token (k)", help="How many experts each token is sent to.", ge=1, le=64, slider=(1, 8)
    )
    renormalize: bool = setting(
        True,
        label="Renormalise gates",
        help="On: the k gates are divided by their sum. Off: a gate is the expert's probability among all experts.",
    )


class SwitchRouterConfig(LinearRouterConfig):
    """Each token goes to one expert, and its gate is that expert's probability, not renormalised."""

    router: Literal["switch"] = "switch"

    @property
    def k(self) -> int:
        return 1


RouterConfig = Annotated[TopKRouterConfig | SwitchRouterConfig, Field(discriminator="router")]
