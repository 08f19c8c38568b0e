"""Which rule turns gradients into steps. The torch twin of this union is `moe_core.optimizers`."""

from typing import Annotated, ClassVar, Literal

from pydantic import Field

from moe_core.config.section import Section, setting


class AdamConfig(Section):
    """Adam (Kingma and Ba 2014, arXiv 1412.6980): each weight has a step size of its own, from its past gradients."""

    title: ClassVar[str] = "Adam"
    optimizer: Literal["adam"] = "adam"


class AdamWConfig(Section):
    """Adam with weights that also decay towards zero (Loshchilov and Hutter 2017, arXiv 1711.05101)."""

    title: ClassVar[str] = "AdamW"
    optimizer: Literal["adamw"] = "adamw"
    weight_decay: float = setting(
        0.01,
        label="Weight decay",
        help="Each step takes this part of the weight, times the learning rate, away.",
        live=True,
        ge=0.0,
        le=10.0,
        slider=(0.0001, 1.0),
        logarithmic=True,
    )


class SGDConfig(Section):
    """Stochastic gradient descent: one step size for every weight."""

    title: ClassVar[str] = "SGD"
    optimizer: Literal["sgd"] = "sgd"
    momentum: float = setting(
        0.9,
        label="Momentum",
        help="Part of the last step that is taken again.",
        live=True,
        ge=0.0,
        le=0.999,
        slider=(0.0, 0.99),
    )


OptimizerConfig = Annotated[AdamConfig | AdamWConfig | SGDConfig, Field(discriminator="optimizer")]
