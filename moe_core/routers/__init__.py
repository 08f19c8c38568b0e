"""All routers by name. The names are those of the router settings in `moe_core.config.routers`."""

from collections.abc import Callable

from torch import Generator, nn

from moe_core.config import LIVE_FIELDS
from moe_core.config.routers import RouterConfig
from moe_core.config.section import Section
from moe_core.routers.base import BaseRouter
from moe_core.routers.cosine import CosineRouter
from moe_core.routers.dense import DenseRouter
from moe_core.routers.expert_choice import ExpertChoiceRouter
from moe_core.routers.group_limited import GroupLimitedRouter
from moe_core.routers.gshard import GShardRouter
from moe_core.routers.hash import HashRouter
from moe_core.routers.hierarchical import HierarchicalRouter
from moe_core.routers.linear import LinearRouter
from moe_core.routers.noisy_top_k import NoisyTopKRouter
from moe_core.routers.random import RandomRouter
from moe_core.routers.relu import ReluRouter
from moe_core.routers.router import Router
from moe_core.routers.sigmoid import SigmoidRouter
from moe_core.routers.sinkhorn import SinkhornRouter
from moe_core.routers.soft import SoftRouter
from moe_core.routers.switch import SwitchRouter
from moe_core.routers.top_k import TopKRouter
from moe_core.routers.top_p import TopPRouter

ROUTERS: dict[str, Callable[..., Router]] = {
    "top_k": TopKRouter,
    "switch": SwitchRouter,
    "noisy_top_k": NoisyTopKRouter,
    "gshard": GShardRouter,
    "sigmoid": SigmoidRouter,
    "cosine": CosineRouter,
    "top_p": TopPRouter,
    "relu": ReluRouter,
    "group_limited": GroupLimitedRouter,
    "dense": DenseRouter,
    "hierarchical": HierarchicalRouter,
    "base": BaseRouter,
    "sinkhorn": SinkhornRouter,
    "expert_choice": ExpertChoiceRouter,
    "soft": SoftRouter,
    "hash": HashRouter,
    "random": RandomRouter,
}


def build_router(config: RouterConfig, *, d_model: int, num_experts: int, generator: Generator) -> Router:
    """The router that a configuration names, its first weights drawn from `generator`."""
    options = config.model_dump(exclude={"router"})
    return ROUTERS[config.router](d_model=d_model, num_experts=num_experts, generator=generator, **options)


def retune(module: nn.Module, config: Section) -> None:
    """Give a router, or a capacity, the live settings of a configuration: each is an attribute by the same name."""
    for name in LIVE_FIELDS.intersection(type(config).model_fields):
        setattr(module, name, getattr(config, name))


__all__ = [
    "ROUTERS",
    "BaseRouter",
    "CosineRouter",
    "DenseRouter",
    "ExpertChoiceRouter",
    "GShardRouter",
    "GroupLimitedRouter",
    "HashRouter",
    "HierarchicalRouter",
    "LinearRouter",
    "NoisyTopKRouter",
    "RandomRouter",
    "ReluRouter",
    "Router",
    "SigmoidRouter",
    "SinkhornRouter",
    "SoftRouter",
    "SwitchRouter",
    "TopKRouter",
    "TopPRouter",
    "build_router",
    "retune",
]
