"""stub"""

from collections.abc import Callable

from torch import Generator

from moe_core.config.expert import ExpertConfig
from moe_core.experts.experts import Experts, uniform
from moe_core.experts.linear import LinearExperts
from moe_core.experts.mlp import MLPExperts

EXPERTS: dict[str, Callable[..., Experts]] = {"mlp": MLPExperts, "linear": LinearExperts}


def build_experts(config: ExpertConfig, *, num_experts: int, d_model: int, d_out: int, generator: Generator) -> Experts:
    return EXPERTS[config.expert](
        num_experts=num_experts,
        d_model=d_model,
        d_out=d_out,
        generator=generator,
        **config.model_dump(exclude={"expert"}),
    )


__all__ = ["EXPERTS", "Experts", "LinearExperts", "MLPExperts", "build_experts", "uniform"]
