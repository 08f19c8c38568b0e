"""Which router chooses the experts, and how it starts: a class of settings each, a family a file. The torch twin of
this union is `moe_core.routers`."""

from typing import Annotated

from pydantic import Field

from moe_core.config.routers.assignment import BaseRouterConfig, ExpertChoiceRouterConfig, SinkhornRouterConfig
from moe_core.config.routers.controls import HashRouterConfig, RandomRouterConfig
from moe_core.config.routers.cosine import CosineRouterConfig
from moe_core.config.routers.dense import DenseRouterConfig
from moe_core.config.routers.group_limited import GroupLimitedRouterConfig
from moe_core.config.routers.hierarchical import HierarchicalRouterConfig
from moe_core.config.routers.section import LinearRouterConfig, RouterSection
from moe_core.config.routers.soft import SoftRouterConfig
from moe_core.config.routers.token_choice import (
    GShardRouterConfig,
    NoisyTopKRouterConfig,
    SigmoidRouterConfig,
    SwitchRouterConfig,
    TopKRouterConfig,
)
from moe_core.config.routers.varying import ReluRouterConfig, TopPRouterConfig

RouterConfig = Annotated[
    TopKRouterConfig
    | SwitchRouterConfig
    | NoisyTopKRouterConfig
    | GShardRouterConfig
    | SigmoidRouterConfig
    | CosineRouterConfig
    | TopPRouterConfig
    | ReluRouterConfig
    | GroupLimitedRouterConfig
    | DenseRouterConfig
    | HierarchicalRouterConfig
    | BaseRouterConfig
    | SinkhornRouterConfig
    | ExpertChoiceRouterConfig
    | SoftRouterConfig
    | HashRouterConfig
    | RandomRouterConfig,
    Field(discriminator="router"),
]

__all__ = [
    "BaseRouterConfig",
    "CosineRouterConfig",
    "DenseRouterConfig",
    "ExpertChoiceRouterConfig",
    "GShardRouterConfig",
    "GroupLimitedRouterConfig",
    "HashRouterConfig",
    "HierarchicalRouterConfig",
    "LinearRouterConfig",
    "NoisyTopKRouterConfig",
    "RandomRouterConfig",
    "ReluRouterConfig",
    "RouterConfig",
    "RouterSection",
    "SigmoidRouterConfig",
    "SinkhornRouterConfig",
    "SoftRouterConfig",
    "SwitchRouterConfig",
    "TopKRouterConfig",
    "TopPRouterConfig",
]
