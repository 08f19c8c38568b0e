"""Which router chooses the experts, and how it starts: a class of settings each, a family a file. The torch twin of
this union is `moe_core.routers`."""

from typing import Annotated

from pydantic import Field

from moe_core.config.routers.dense import DenseRouterConfig
from moe_core.config.routers.group_limited import GroupLimitedRouterConfig
from moe_core.config.routers.hierarchical import HierarchicalRouterConfig
from moe_core.config.routers.section import LinearRouterConfig, RouterSection
from moe_core.config.routers.token_choice import (
    GShardRouterConfig,
    NoisyTopKRouterConfig,
    SigmoidRouterConfig,
    SwitchRouterConfig,
    TopKRouterConfig,
)

RouterConfig = Annotated[
    TopKRouterConfig
    | SwitchRouterConfig
    | NoisyTopKRouterConfig
    | DenseRouterConfig
    | GShardRouterConfig
    | SigmoidRouterConfig
    | GroupLimitedRouterConfig
    | HierarchicalRouterConfig,
    Field(discriminator="router"),
]

__all__ = [
    "DenseRouterConfig",
    "GShardRouterConfig",
    "GroupLimitedRouterConfig",
    "HierarchicalRouterConfig",
    "LinearRouterConfig",
    "NoisyTopKRouterConfig",
    "RouterConfig",
    "RouterSection",
    "SigmoidRouterConfig",
    "SwitchRouterConfig",
    "TopKRouterConfig",
]
