"""What pushes the load to be even. The torch twin of this union is `moe_core.balancers`."""

from typing import Annotated, Literal

from pydantic import Field

from moe_core.config.section import Section, setting


class NoBalancerConfig(Section):
    """Nothing is added to the task's loss."""

    balancer: Literal["none"] = "none"


class SwitchLossConfig(Section):
    """The load-balancing loss of the Switch Transformer, times a coefficient."""

    balancer: Literal["switch_loss"] = "switch_loss"
    balance_coefficient: float = setting(
        0.1,
        label="Balance coefficient",
        help="Weight of the load-balancing loss beside the task's loss (alpha). 0 turns balancing off.",
        live=True,
        ge=0.0,
        le=100.0,
        slider=(0.001, 10.0),
        logarithmic=True,
    )


BalancerConfig = Annotated[NoBalancerConfig | SwitchLossConfig, Field(discriminator="balancer")]
