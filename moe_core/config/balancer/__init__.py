"""What pushes the load to be even. Balancers add up: `switch_loss+z_loss` is both. The torch twin of each is in
`moe_core.balancers`."""

from collections.abc import Mapping
from functools import cache
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, SerializeAsAny, create_model

from moe_core.config.balancer.load import (
    ImportanceAndLoadConfig,
    NoBalancerConfig,
    SequenceLossConfig,
    SwitchLossConfig,
)
from moe_core.config.balancer.loss_free import LossFreeConfig
from moe_core.config.balancer.probabilities import (
    AdaptiveL1Config,
    EntropyLossConfig,
    MutualInformationConfig,
    ZLossConfig,
)
from moe_core.config.balancer.section import BalancerSection
from moe_core.config.problem import unknown_name

SUM = "+"
"""Stands between the names of balancers that work together."""


BALANCER_VARIANTS: tuple[type[BalancerSection], ...] = (
    NoBalancerConfig,
    SwitchLossConfig,
    ImportanceAndLoadConfig,
    MutualInformationConfig,
    EntropyLossConfig,
    AdaptiveL1Config,
    ZLossConfig,
    LossFreeConfig,
    SequenceLossConfig,
)
"""Each balancer by itself, in the order in which several are named."""


def part_names(balancer: str) -> list[str]:
    """The balancers in a name, one by one, in their order. Raises ValueError, saying what is allowed, for no name."""
    # A + typed into an address arrives as a space.
    names = balancer.replace(" ", SUM).split(SUM)
    known = [str(variant.model_fields["balancer"].default) for variant in BALANCER_VARIANTS]
    unknown = next((name for name in names if name not in known), None)
    if unknown is not None:
        raise ValueError(f"{unknown_name('balancer', unknown, known)}, or several joined by {SUM}")
    if len(set(names)) < len(names):
        raise ValueError("each balancer is named once")
    if len(names) > 1 and "none" in names:
        raise ValueError("none stands alone")
    if {"importance_and_load", "loss_free"} <= set(names):
        raise ValueError(
            "importance_and_load and loss_free cannot work together: the load loss asks how noise alone changes the "
            "choice, and a bias changes it too"
        )
    return [name for name in known if name in names]


@cache
def balancer_variant(balancer: str) -> type[BalancerSection]:
    """The settings of a balancer or of several together: those of each. Raises ValueError as `part_names` does."""
    names = part_names(balancer)
    parts = tuple(part for part in BALANCER_VARIANTS if part.model_fields["balancer"].default in names)
    if len(parts) == 1:
        return parts[0]
    name = SUM.join(names)
    kind: Any = Literal[name]
    return create_model(name, __base__=parts, __doc__="Several balancers; their losses add up.", balancer=(kind, name))


def balancer_parts(config: BalancerSection) -> list[tuple[str, dict[str, Any]]]:
    """Each balancer of a configuration: its name and its own settings."""
    values = config.model_dump()
    names = part_names(config.balancer)
    fields = {name: set(balancer_variant(name).model_fields) - {"balancer"} for name in names}
    return [(name, {field: values[field] for field in values if field in fields[name]}) for name in names]


def _parse(value: Any) -> Any:
    if isinstance(value, Mapping):
        return balancer_variant(str(value.get("balancer", "none")))(**value)
    return value


# As any of its variants: what the base class has would be the name alone.
BalancerConfig = Annotated[SerializeAsAny[BalancerSection], BeforeValidator(_parse)]

__all__ = [
    "BALANCER_VARIANTS",
    "SUM",
    "AdaptiveL1Config",
    "BalancerConfig",
    "BalancerSection",
    "EntropyLossConfig",
    "ImportanceAndLoadConfig",
    "LossFreeConfig",
    "MutualInformationConfig",
    "NoBalancerConfig",
    "SequenceLossConfig",
    "SwitchLossConfig",
    "ZLossConfig",
    "balancer_parts",
    "balancer_variant",
    "part_names",
]
