"""All kinds of experts by name. The names are those of the expert settings in `moe_core.config.expert`."""

from collections.abc import Callable

from torch import Generator

from moe_core.config.expert import ExpertConfig
from moe_core.experts.experts import Experts, uniform
from moe_core.experts.gated import GatedExperts
from moe_core.experts.linear import LinearExperts
from moe_core.experts.mlp import ACTIVATIONS, MLPExperts

EXPERTS: dict[str, type[Experts]] = {"mlp": MLPExperts, "gated": GatedExperts, "linear": LinearExperts}


def build_experts(config: ExpertConfig, *, num_experts: int, d_model: int, d_out: int, generator: Generator) -> Experts:
    """The experts that a configuration names, their first weights drawn from `generator`."""
    kind: Callable[..., Experts] = EXPERTS[config.expert]
    options = config.model_dump(exclude={"expert"})
    return kind(num_experts=num_experts, d_model=d_model, d_out=d_out, generator=generator, **options)


__all__ = [
    "ACTIVATIONS",
    "EXPERTS",
    "Experts",
    "GatedExperts",
    "LinearExperts",
    "MLPExperts",
    "build_experts",
    "uniform",
]
