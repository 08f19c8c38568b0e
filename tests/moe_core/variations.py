"""A router's settings as tests vary them: not every combination, but every two values that can be had together."""

from itertools import combinations, product
from typing import Any, get_args

FURTHER: dict[str, tuple[object, ...]] = {"input_jitter": (0.0, 0.3), "second_expert": ("random", "all")}
"""Settings of routers that are tested with each of these values, since they decide what is drawn."""


def variations(variant: Any, num_experts: int) -> list[Any]:
    """Settings of one router."""
    values: dict[str, tuple[object, ...]] = {
        name: (False, True) for name, field in variant.model_fields.items() if field.annotation is bool
    }
    if "k" in variant.model_fields:
        values["k"] = (1, 2, num_experts)
    divisors = tuple(number for number in range(1, num_experts + 1) if num_experts % number == 0)
    for name in ("num_branches", "num_groups"):
        if name in variant.model_fields:
            values[name] = divisors
    if "groups_kept" in variant.model_fields:
        values["groups_kept"] = (1, 2)
    for name in ("score", "group_score"):
        if name in variant.model_fields:
            values[name] = get_args(variant.model_fields[name].annotation)
    values |= {name: options for name, options in FURTHER.items() if name in variant.model_fields}
    configs = [variant(**dict(zip(values, choice, strict=True))) for choice in product(*values.values())]
    return _every_two([config for config in configs if not config.refusal(num_experts)], list(values))


def _every_two(configs: list[Any], names: list[str]) -> list[Any]:
    """A few of them, in which any two values are together that are together in one of all."""
    pairs = [
        set(combinations([(name, getattr(config, name)) for name in names], min(2, len(names)))) for config in configs
    ]
    missing, chosen = set[object]().union(*pairs), []
    while missing:
        most = max(range(len(configs)), key=lambda number: len(pairs[number] & missing))
        missing -= pairs[most]
        chosen.append(most)
    return [configs[number] for number in sorted(chosen)]


def num_groups(config: Any) -> int:
    """How many groups or branches a router cuts its experts into, in their order; 1 where it has none."""
    groups: int = getattr(config, "num_groups", getattr(config, "num_branches", 1))
    return groups
