"""The whole configuration of a run, and its flat form: one dictionary of settings used everywhere outside the core."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

from moe_core.config.balancer import BalancerConfig, SwitchLossConfig
from moe_core.config.cost import MAX_BYTES, MAX_FLOPS, cost
from moe_core.config.model import ModelConfig
from moe_core.config.problem import ConfigError, Problem, unknown_name
from moe_core.config.router import RouterConfig, TopKRouterConfig
from moe_core.config.section import Section
from moe_core.config.table import SECTIONS, TABLE, variant_name
from moe_core.config.task import RulesConfig, TaskConfig
from moe_core.config.training import TrainingConfig


class RunConfig(BaseModel):
    """Everything that decides a run. Two runs of equal configuration and equal commands are the same run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: TaskConfig = RulesConfig()
    model: ModelConfig = ModelConfig()
    router: RouterConfig = TopKRouterConfig()
    balancer: BalancerConfig = SwitchLossConfig()
    training: TrainingConfig = TrainingConfig()

    @model_validator(mode="after")
    def _hold_together(self) -> Self:
        settings = self.settings()
        firsts = [next(iter(rule.items())) for rule in conflicts(self)]
        problems = [Problem(name, settings.get(name), allowed) for name, allowed in firsts]
        if problems:
            raise ConfigError(problems)
        return self

    @classmethod
    def from_settings(cls, settings: Mapping[str, object]) -> "RunConfig":
        """Build a configuration from flat settings over the defaults.

        Raises ConfigError (a ValueError) naming every field that is unknown, of the wrong type, out of its bounds,
        not a field of the chosen variant, or part of a model too large.
        """
        config, problems = cls().merge(settings)
        if problems:
            raise ConfigError(problems)
        return config

    def settings(self) -> dict[str, Any]:
        """The flat form: every setting by name, as plain JSON values."""
        return {name: value for section in SECTIONS for name, value in getattr(self, section).model_dump().items()}

    def differences(self, other: "RunConfig") -> tuple[str, ...]:
        """Names of the settings that differ, one that only one of the two has among them."""
        mine, theirs = self.settings(), other.settings()
        missing = object()
        return tuple(name for name in TABLE if mine.get(name, missing) != theirs.get(name, missing))

    def merge(self, changes: Mapping[str, object]) -> tuple["RunConfig", tuple[Problem, ...]]:
        """Apply the changes that are valid and report the others. Nothing of the model's size is allocated.

        A change of a section's variant (task, router, balancer) keeps the settings that both variants have.
        """
        accepted, problems = _parse_each(changes)
        while True:
            chosen = {section: _chosen_variant(section, accepted, getattr(self, section)) for section in SECTIONS}
            config = self._assemble(chosen, accepted)
            broken = _meaningless(chosen, accepted) + conflicts(config)
            if not broken:
                return config, tuple(problems)
            # Of the settings that a rule ties together, the first that was asked for is given up.
            name = next(name for name in broken[0] if name in accepted)
            problems.append(Problem(name, accepted.pop(name), broken[0][name]))

    def _assemble(self, chosen: Mapping[str, type[Section]], accepted: Mapping[str, Any]) -> "RunConfig":
        """This configuration with the chosen variants and the accepted values, its rules not yet checked."""
        base = self.settings()
        sections = {}
        for section, variant in chosen.items():
            carried = {name: base[name] for name in variant.model_fields if name in base and name != section}
            given = {name: accepted[name] for name in variant.model_fields if name in accepted}
            sections[section] = variant(**(carried | given))
        return RunConfig.model_construct(None, **sections)


def _parse_each(changes: Mapping[str, object]) -> tuple[dict[str, Any], list[Problem]]:
    accepted: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in changes.items():
        if name not in TABLE:
            problems.append(Problem(name, value, unknown_name("setting", name, tuple(TABLE))))
            continue
        try:
            accepted[name] = TABLE[name].parse(value)
        except ConfigError as error:
            problems.extend(error.problems)
    return accepted, problems


def _chosen_variant(section: str, accepted: Mapping[str, Any], current: Section) -> type[Section]:
    named = {variant_name(section, variant): variant for variant in SECTIONS[section] if len(SECTIONS[section]) > 1}
    return named.get(accepted.get(section, ""), type(current))


Conflict = Mapping[str, str]
"""A rule that settings break together: for each of them what it allows, as the end of a sentence."""


def _meaningless(chosen: Mapping[str, type[Section]], accepted: Mapping[str, Any]) -> list[Conflict]:
    """Changes of fields that the chosen variants do not have."""
    broken: list[Conflict] = []
    for name in accepted:
        section = TABLE[name].section
        if name not in chosen[section].model_fields:
            broken.append({name: f"it has no meaning when {section} is {variant_name(section, chosen[section])}"})
    return broken


def conflicts(config: RunConfig) -> list[Conflict]:
    """The rules that tie several settings together, and the bounds on what a run may cost."""
    broken: list[Conflict] = []
    k, num_experts = config.router.k, config.model.num_experts
    if k > num_experts:
        broken.append(
            {
                "k": f"it is at most num_experts, which is {num_experts}",
                "num_experts": f"it is at least k, which is {k}",
                "router": f"it would send a token to {k} experts, and num_experts is {num_experts}",
            }
        )
    price = cost(config)
    if price.bytes > MAX_BYTES or price.flops > MAX_FLOPS:
        too_large = (
            f"the model would be too large, with {price.bytes / 2**20:,.0f} MiB and {price.flops / 1e9:,.1f} GFLOP a "
            f"step; a run may have {MAX_BYTES // 2**20} MiB and {MAX_FLOPS / 1e9:g} GFLOP"
        )
        fields = ("num_experts", "d_hidden", "batch_size", "k", "task", "router", "router_bias")
        broken.append(dict.fromkeys(fields, too_large))
    return broken
