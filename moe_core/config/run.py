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
        problems = conflicts(self)
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
            refused = _meaningless(chosen, accepted)
            config = self._assemble(chosen, accepted)
            refused += conflicts(config)
            if not refused:
                return config, tuple(problems)
            problems += refused
            for name in {next(name for name in problem.involves if name in accepted) for problem in refused}:
                del accepted[name]

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


def _meaningless(chosen: Mapping[str, type[Section]], accepted: Mapping[str, Any]) -> list[Problem]:
    """Changes of fields that the chosen variants do not have."""
    problems = []
    for name, value in accepted.items():
        section = TABLE[name].section
        if name not in chosen[section].model_fields:
            allowed = f"it has no meaning when {section} is {variant_name(section, chosen[section])}"
            problems.append(Problem(name, value, allowed, involves=(name,)))
    return problems


def conflicts(config: RunConfig) -> list[Problem]:
    """The rules that tie several settings together, and the bounds on what a run may cost."""
    problems = []
    k, num_experts = config.router.k, config.model.num_experts
    if k > num_experts:
        allowed = f"it is at most num_experts, which is {num_experts}"
        problems.append(Problem("k", k, allowed, involves=("k", "num_experts", "router")))
    price = cost(config)
    if price.bytes > MAX_BYTES or price.flops > MAX_FLOPS:
        size = f"{price.bytes / 2**20:,.0f} MiB and {price.flops / 1e9:,.1f} GFLOP a step"
        allowed = (
            f"the model is too large; a run may hold {MAX_BYTES // 2**20} MiB and do {MAX_FLOPS / 1e9:g} GFLOP a step"
        )
        involves = ("num_experts", "d_hidden", "batch_size", "k", "task", "router", "router_bias")
        problems.append(Problem("num_experts x d_hidden x batch_size", size, allowed, involves=involves))
    return problems
