"""The whole configuration of a run, and its flat form: one dictionary of settings used everywhere outside the core."""

from collections.abc import Mapping
from typing import Any, Self

from pydantic import BaseModel, ConfigDict, model_validator

from moe_core.config.balancer import BalancerConfig, SwitchLossConfig
from moe_core.config.capacity import CapacityConfig, UnlimitedConfig
from moe_core.config.expert import ExpertConfig, MLPExpertConfig
from moe_core.config.model import ModelConfig
from moe_core.config.optimizer import AdamConfig, OptimizerConfig
from moe_core.config.problem import ConfigError, Problem, unknown_name
from moe_core.config.routers import RouterConfig, TopKRouterConfig
from moe_core.config.rules import Conflict, bounded_here, conflicts, giving_way, with_problem
from moe_core.config.section import Section
from moe_core.config.table import SECTIONS, TABLE, variant_name, variant_named
from moe_core.config.task import RulesConfig, TaskConfig
from moe_core.config.training import TrainingConfig


class RunConfig(BaseModel):
    """Everything that decides a run. Two runs of equal configuration and equal commands are the same run."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    task: TaskConfig = RulesConfig()
    model: ModelConfig = ModelConfig()
    expert: ExpertConfig = MLPExpertConfig()
    router: RouterConfig = TopKRouterConfig()
    balancer: BalancerConfig = SwitchLossConfig()
    capacity: CapacityConfig = UnlimitedConfig()
    optimizer: OptimizerConfig = AdamConfig()
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

        A change of a section's variant (another task, another router) keeps the settings that both variants have and
        that were changed from their default. Nothing changes in a configuration whose own table is gone: it is invalid
        until another task is chosen.
        """
        accepted, problems = _parse_each(changes)
        while True:
            chosen = self._chosen(accepted)
            config = self._assemble(chosen, accepted)
            broken = _meaningless(chosen, accepted) + conflicts(config)
            if not broken:
                return config, tuple(bounded_here(config, problem) for problem in problems)
            # Of the settings that a rule ties together, the first that was asked for is given up.
            name = next((name for name in broken[0] if name in accepted), None)
            if name is None:
                # Nothing that was asked for broke it: the run's own table was deleted since.
                name, allowed = next(iter(broken[0].items()))
                return self, (*problems, Problem(name, self.settings().get(name), allowed))
            problems = with_problem(problems, Problem(name, accepted.pop(name), broken[0][name]))

    def with_what_falls(
        self, changes: Mapping[str, object], wished: Mapping[str, object] | None = None
    ) -> dict[str, object]:
        """The changes, and with them what has to fall so that they can be had: the balancer with a router that has no
        use for it, k with the number of experts. For a change that is refused all the same nothing falls.

        wished: settings to change as well, which fall like others where they stand in the way.
        """
        accepted, _ = _parse_each(changes)
        while accepted:
            further: dict[str, Any] = dict(wished or {})
            falls: dict[str, Any] = {}
            while True:
                further |= falls
                together = further | accepted
                falls = giving_way(self._assemble(self._chosen(together), together), accepted)
                if falls.items() <= further.items():
                    break
            refused = {field for problem in self.merge(together)[1] for field in problem.fields}
            if not refused:
                return {**changes, **further, **changes}
            if refused.isdisjoint(accepted):
                break  # The run's own table is gone: nothing can be had.
            accepted = {name: value for name, value in accepted.items() if name not in refused}
        return dict(changes)

    def _chosen(self, accepted: Mapping[str, Any]) -> dict[str, type[Section]]:
        return {section: _chosen_variant(section, accepted, getattr(self, section)) for section in SECTIONS}

    def _assemble(self, chosen: Mapping[str, type[Section]], accepted: Mapping[str, Any]) -> "RunConfig":
        """This configuration with the chosen variants and the accepted values, its rules not yet checked."""
        sections = {}
        for section, variant in chosen.items():
            current: Section = getattr(self, section)
            changed = current.model_dump(exclude_defaults=True, exclude={section})
            carried = {name: value for name, value in changed.items() if name in variant.model_fields}
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
    return variant_named(section, accepted[section]) if section in accepted else type(current)


def _meaningless(chosen: Mapping[str, type[Section]], accepted: Mapping[str, Any]) -> list[Conflict]:
    """Changes of fields that the chosen variants do not have."""
    broken: list[Conflict] = []
    for name in accepted:
        section = TABLE[name].section
        if name not in chosen[section].model_fields:
            broken.append({name: f"it has no meaning when {section} is {variant_name(section, chosen[section])}"})
    return broken
