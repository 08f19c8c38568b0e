"""All routers by name. The names are those of the router settings in `moe_core.config.router`."""

from torch import Generator

from moe_core.config.router import RouterConfig
from moe_core.routers.linear import LinearRouter
from moe_core.routers.router import Router
from moe_core.routers.switch import SwitchRouter
from moe_core.routers.top_k import TopKRouter

ROUTERS: dict[str, type[Router]] = {"top_k": TopKRouter, "switch": SwitchRouter}


def build_router(config: RouterConfig, *, d_model: int, num_experts: int, generator: Generator) -> Router:
    """The router that a configuration names, its first weights drawn from `generator`."""
    options = config.model_dump(exclude={"router"})
    return ROUTERS[config.router](d_model=d_model, num_experts=num_experts, generator=generator, **options)


__all__ = ["ROUTERS", "LinearRouter", "Router", "SwitchRouter", "TopKRouter", "build_router"]
