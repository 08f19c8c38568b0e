"""The one table of settings. Widgets, URL, presets, command line and saved runs are all made and checked from it."""

from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, Literal, cast, get_args, get_origin

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from moe_core.config.balancer import BalancerConfig
from moe_core.config.model import ModelConfig
from moe_core.config.problem import ConfigError, Problem, unknown_name
from moe_core.config.router import RouterConfig
from moe_core.config.section import Section
from moe_core.config.task import TaskConfig
from moe_core.config.training import TrainingConfig


def variants_of(section: Any) -> tuple[type[Section], ...]:
    """The classes a section may be: one for a plain section, several for a discriminated union."""
    if get_origin(section) is Annotated:
        section = get_args(section)[0]
    return get_args(section) or (section,)


SECTIONS: dict[str, tuple[type[Section], ...]] = {
    "task": variants_of(TaskConfig),
    "model": variants_of(ModelConfig),
    "router": variants_of(RouterConfig),
    "balancer": variants_of(BalancerConfig),
    "training": variants_of(TrainingConfig),
}
"""Every section and its variants. A section with several has a setting of its own name that chooses one."""


def variant_name(section: str, variant: type[Section]) -> str:
    """The value of the choosing setting that stands for this variant."""
    return str(variant.model_fields[section].default)


@dataclass(frozen=True)
class Setting:
    """One row: where the setting lives, what it may be, and what a person is told of it."""

    name: str
    section: str
    kind: type
    default: Any
    choices: tuple[str, ...]
    low: float | None
    high: float | None
    label: str
    help: str
    unit: str
    live: bool
    slider: tuple[float, float] | None
    logarithmic: bool
    annotation: Any

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.annotation)

    @property
    def allowed(self) -> str:
        """What is allowed, as the end of a sentence."""
        if self.choices:
            return f"it is one of {', '.join(self.choices)}"
        if self.kind is bool:
            return "it is true or false"
        noun = "a whole number" if self.kind is int else "a number"
        return f"it is {noun} from {self.low:,.12g} to {self.high:,.12g}"

    def parse(self, value: object) -> Any:
        """Turn a value as typed (a string from a URL, or a JSON value) into the setting's own type.

        Raises ConfigError, naming the field, the value and what is allowed.
        """
        # Python counts true as 1. A person who writes true for a number has mistaken the setting.
        if isinstance(value, bool) and self.kind is not bool:
            raise ConfigError([self._problem(value)])
        try:
            return self._adapter.validate_python(value)
        except ValidationError:
            raise ConfigError([self._problem(value)]) from None

    def _problem(self, value: object) -> Problem:
        allowed = unknown_name(self.name, str(value), self.choices) if self.choices else self.allowed
        return Problem(self.name, value, allowed)


def _choosing_row(section: str, variants: tuple[type[Section], ...]) -> Setting:
    """The setting that chooses a section's variant: its choices are the variants' names."""
    choices = tuple(variant_name(section, variant) for variant in variants)
    ideas = " ".join(
        f"{name}: {(variant.__doc__ or '').strip().splitlines()[0]}"
        for name, variant in zip(choices, variants, strict=True)
    )
    return Setting(
        name=section,
        section=section,
        kind=str,
        default=choices[0],
        choices=choices,
        low=None,
        high=None,
        label=section.capitalize(),
        help=ideas,
        unit="",
        live=False,
        slider=None,
        logarithmic=False,
        annotation=Literal[choices],
    )


def _row(name: str, section: str, field: FieldInfo) -> Setting:
    extra: dict[str, Any] = field.json_schema_extra if isinstance(field.json_schema_extra, dict) else {}
    bounds = {bound: getattr(item, bound) for item in field.metadata for bound in ("ge", "le") if hasattr(item, bound)}
    choices = get_args(field.annotation) if get_origin(field.annotation) is Literal else ()
    annotation: Any = field.annotation
    for constraint in field.metadata:
        annotation = Annotated[annotation, constraint]
    if field.annotation is float:
        annotation = Annotated[annotation, Field(allow_inf_nan=False)]
    return Setting(
        name=name,
        section=section,
        kind=str if choices else cast(type, field.annotation),
        default=field.default,
        choices=choices,
        low=bounds.get("ge"),
        high=bounds.get("le"),
        label=extra["label"],
        help=field.description or "",
        unit=extra["unit"],
        live=extra["live"],
        slider=tuple(extra["slider"]) if extra["slider"] else None,
        logarithmic=extra["logarithmic"],
        annotation=annotation,
    )


def _table() -> dict[str, Setting]:
    rows: dict[str, Setting] = {}
    for section, variants in SECTIONS.items():
        if len(variants) > 1:
            rows[section] = _choosing_row(section, variants)
        for variant in variants:
            for name, field in variant.model_fields.items():
                if name not in rows:
                    rows[name] = _row(name, section, field)
                elif rows[name].section != section:
                    raise TypeError(f"the setting {name} stands in two sections: {rows[name].section} and {section}")
    return rows


TABLE: dict[str, Setting] = _table()
"""Every setting by name, in the order of the sections."""

LIVE_FIELDS: frozenset[str] = frozenset(name for name, row in TABLE.items() if row.live)
"""Settings that act on a running model. A change of any other restarts the run."""
