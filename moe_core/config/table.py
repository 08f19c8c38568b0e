"""The one table of settings. Widgets, URL, presets, command line and saved runs are all made and checked from it."""

from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Annotated, Any, Literal, cast, get_args, get_origin

from pydantic import Field, TypeAdapter, ValidationError
from pydantic.fields import FieldInfo

from moe_core.config.balancer import BALANCER_VARIANTS, SUM, balancer_variant, part_names
from moe_core.config.capacity import CapacityConfig
from moe_core.config.expert import ExpertConfig
from moe_core.config.model import ModelConfig
from moe_core.config.optimizer import OptimizerConfig
from moe_core.config.problem import ConfigError, Problem, unknown_name
from moe_core.config.routers import RouterConfig
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
    "expert": variants_of(ExpertConfig),
    "router": variants_of(RouterConfig),
    "balancer": BALANCER_VARIANTS,
    "capacity": variants_of(CapacityConfig),
    "optimizer": variants_of(OptimizerConfig),
    "training": variants_of(TrainingConfig),
}
"""Every section and its variants. A section with several has a setting of its own name that chooses one."""

SEVERAL = ("balancer",)
"""Sections of which several variants may be chosen at once, their names joined by +."""


def variant_name(section: str, variant: type[Section]) -> str:
    """The value of the choosing setting that stands for this variant."""
    return str(variant.model_fields[section].default)


def variant_named(section: str, name: str) -> type[Section]:
    """The variant that a checked value of the choosing setting stands for."""
    if section in SEVERAL:
        return balancer_variant(name)
    return next(variant for variant in SECTIONS[section] if variant_name(section, variant) == name)


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
    annotation: Any = field(compare=False)
    text: str = ""
    """What a text must be, as the end of a sentence."""
    titles: tuple[str, ...] = ()
    """What a person reads of each choice, in their order; empty where a choice is called by its own name."""
    ideas: tuple[str, ...] = ()
    """One sentence on each choice, in their order; empty where the help says it."""

    @property
    def several(self) -> bool:
        """Whether several of the choices may be named at once."""
        return self.name in SEVERAL

    def title(self, choice: object) -> str:
        """What a person reads of a value: of a choice, or several joined by +, its title; of a switch on or off; of a
        number what its slider shows."""
        if isinstance(choice, bool):
            return "on" if choice else "off"
        if isinstance(choice, float):
            return f"{choice:g}"
        titles = dict(zip(self.choices, self.titles, strict=False))
        parts = str(choice).split(SUM) if self.several else [str(choice)]
        return f" {SUM} ".join(titles.get(part, part) for part in parts)

    @cached_property
    def _adapter(self) -> TypeAdapter[Any]:
        return TypeAdapter(self.annotation)

    def told(self, choice: object) -> str:
        """The help, and what the choice is, or each of several joined by +."""
        ideas = dict(zip(self.choices, self.ideas, strict=False))
        parts = str(choice).split(SUM) if self.several else [str(choice)]
        return " ".join([self.help, *(f"{self.title(part)}: {ideas[part]}" for part in parts if part in ideas)])

    @property
    def allowed(self) -> str:
        """What is allowed, as the end of a sentence."""
        if self.choices:
            together = ", or several joined by +" if self.several else ""
            return f"it is one of {', '.join(self.choices)}{together}"
        if self.text:
            return self.text
        if self.kind is bool:
            return "it is true or false"
        noun = "a whole number" if self.kind is int else "a number"
        said = f"it is {noun} from {self.low:,.12g} to {self.high:,.12g}"
        if self.slider and self.logarithmic:
            return f"{said}, of which the slider has {self.slider[0]:g} to {self.slider[1]:g}"
        return said

    def parse(self, value: object) -> Any:
        """Turn a value as typed (a string from a URL, or a JSON value) into the setting's own type.

        Raises ConfigError, naming the field, the value and what is allowed.
        """
        # Python counts true as 1. A person who writes true for a number has mistaken the setting.
        if isinstance(value, bool) and self.kind is not bool:
            raise ConfigError([self._problem(value)])
        if self.several and isinstance(value, str) and value not in self.choices:
            return self._parse_several(value)
        try:
            return self._adapter.validate_python(value)
        except ValidationError:
            raise ConfigError([self._problem(value)]) from None

    def _parse_several(self, value: str) -> str:
        try:
            return "+".join(part_names(value))
        except ValueError as error:
            raise ConfigError([Problem(self.name, value, str(error))]) from None

    def _problem(self, value: object) -> Problem:
        allowed = unknown_name(self.name, str(value), self.choices) if self.choices else self.allowed
        return Problem(self.name, value, allowed)


def _choosing_row(section: str, variants: tuple[type[Section], ...]) -> Setting:
    """The setting that chooses a section's variant: its choices are the variants' names."""
    choices = tuple(variant_name(section, variant) for variant in variants)
    titles = tuple(str(vars(variant)["title"]) for variant in variants)
    return Setting(
        name=section,
        section=section,
        kind=str,
        default=choices[0],
        choices=choices,
        low=None,
        high=None,
        label=section.capitalize(),
        help=f"Which {section} the run has.",
        unit="",
        live=False,
        slider=None,
        logarithmic=False,
        annotation=Literal[choices],
        titles=titles,
        ideas=tuple((variant.__doc__ or "").strip().splitlines()[0] for variant in variants),
    )


def _row(name: str, section: str, info: FieldInfo) -> Setting:
    extra: dict[str, Any] = info.json_schema_extra if isinstance(info.json_schema_extra, dict) else {}
    bounds = {bound: getattr(item, bound) for item in info.metadata for bound in ("ge", "le") if hasattr(item, bound)}
    choices = get_args(info.annotation) if get_origin(info.annotation) is Literal else ()
    annotation: Any = info.annotation
    for constraint in info.metadata:
        annotation = Annotated[annotation, constraint]
    if info.annotation is float:
        annotation = Annotated[annotation, Field(allow_inf_nan=False)]
    return Setting(
        name=name,
        section=section,
        kind=str if choices else cast(type, info.annotation),
        default=info.default,
        choices=choices,
        low=bounds.get("ge"),
        high=bounds.get("le"),
        label=extra["label"],
        help=info.description or "",
        unit=extra["unit"],
        live=extra["live"],
        slider=tuple(extra["slider"]) if extra["slider"] else None,
        logarithmic=extra["logarithmic"],
        annotation=annotation,
        text=extra["allowed"],
    )


def _table() -> dict[str, Setting]:
    rows: dict[str, Setting] = {}
    for section, variants in SECTIONS.items():
        if len(variants) > 1:
            rows[section] = _choosing_row(section, variants)
        for variant in variants:
            for name, info in variant.model_fields.items():
                if name == section:  # The one that chooses the variant stands already.
                    continue
                row = _row(name, section, info)
                known = rows.setdefault(name, row)
                if known != replace(row, default=known.default):
                    raise TypeError(f"the setting {name} of {variant.__name__} is not the one that stands elsewhere")
    return rows


TABLE: dict[str, Setting] = _table()
"""Every setting by name, in the order of the sections."""

LIVE_FIELDS: frozenset[str] = frozenset(name for name, row in TABLE.items() if row.live)
"""Settings that act on a running model. A change of any other restarts the run."""
