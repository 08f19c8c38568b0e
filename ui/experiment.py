"""What a page is showing: a preset, what was changed of it, and a copy beside it. It reads and writes URLs."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Self

from moe_core.config import TABLE, ConfigError, RunConfig, presets
from moe_core.config.problem import Problem
from moe_core.config.table import variant_named

PRESET = "preset"
TWIN = "twin"
BETWEEN = ":"
"""Stands between the setting that a copy has otherwise and its value there."""

SHARED = ("seed", "data_draw", "device")
"""Settings that a run and its copy share, as they do the task: both learn from the same data, on the same device."""

PLAINER: tuple[dict[str, Any], ...] = (
    {"balancer": "none"},
    {"capacity": "unlimited"},
    {"mixture_loss": "cooperative"},
    {"balancer": "none", "capacity": "unlimited", "mixture_loss": "cooperative"},
)
"""What another router may need: first one thing less, then all of them."""

Twin = tuple[str, Any]
"""A setting's name, and the value that a copy of the run has of it."""


@dataclass(frozen=True)
class Experiment:
    """A preset's name, the present configuration, and sentences on what was refused on the way here.

    twin: what a copy beside the run has otherwise, or None for no copy.
    """

    preset: str
    config: RunConfig
    problems: tuple[str, ...] = ()
    twin: Twin | None = None

    @classmethod
    def of_preset(cls, name: str) -> Self:
        """A preset as it stands. Raises ConfigError for a name that does not exist."""
        return cls(name, presets.load(name).config)

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> "Experiment":
        """Read a URL's query. What is refused is named in `problems`; the good fields are kept."""
        changes = dict(query)
        twin = changes.pop(TWIN, None)
        try:
            start = cls.of_preset(changes.pop(PRESET, presets.NAMES[0]))
            problems: tuple[str, ...] = ()
        except ConfigError as error:
            start = cls.of_preset(presets.NAMES[0])
            problems = (str(error),)
        config, refused = start.config.merge(changes)
        read = Experiment(start.preset, config, problems + tuple(str(problem) for problem in refused))
        if twin is None:
            return read
        name, _, value = twin.partition(BETWEEN)
        return read.compared(name, value)

    def query(self) -> dict[str, str]:
        """The shortest query that reads back as this experiment: the preset, what was changed of it, and the copy."""
        query = {} if self.preset == presets.NAMES[0] else {PRESET: self.preset}
        for name, value in self.changes.items():
            query[name] = written(value)
        if self.twin:
            name, value = self.twin
            query[TWIN] = f"{name}{BETWEEN}{written(value)}"
        return query

    @property
    def changes(self) -> dict[str, Any]:
        """The fewest settings that lead from the preset here: what came by itself with another task is not among them.

        Another task may start with another noise than the preset's, so what is the same as there may need to be said.
        """
        settings, start = self.config.settings(), presets.load(self.preset).config
        said = {name: settings[name] for name in self.differences if name in settings}
        read, _ = start.merge(said)
        said |= {name: settings[name] for name in self.config.differences(read) if name in settings}
        for name in tuple(said):
            fewer = {other: value for other, value in said.items() if other != name}
            if start.merge(fewer) == (self.config, ()):
                said = fewer
        return said

    def changed(self, name: str, value: object) -> "Experiment":
        """This experiment with one setting changed, or with a sentence on why it was refused.

        k goes down with the number of experts, and comes no larger with another router: nobody can ask for more
        experts than there are. What has no meaning with another router falls with the one before.
        """
        ways: list[dict[str, Any]] = [{name: value}]
        if name == "router":
            ways = [{name: value} | self._as_in_the_preset(str(value))]
        if name == "num_experts":
            ways.append({name: value, "k": value})
        if name == "router":
            ways += [ways[0] | plain for plain in ({"k": self.config.model.num_experts}, *PLAINER)]
        accepted = (changes for changes in ways if not self.config.merge(changes)[1])
        return self.merged(next(accepted, ways[0]))

    def _as_in_the_preset(self, router: str) -> dict[str, Any]:
        """What another router has of the preset's router, where nothing else was chosen meanwhile: so that routers that
        are tried one after another start alike, whichever came between."""
        if router not in TABLE["router"].choices:
            return {}
        start, now = presets.load(self.preset).config.router, self.config.router
        chosen = {name for name, field in type(now).model_fields.items() if getattr(now, name) != field.default}
        wanted = set(variant_named("router", router).model_fields) - chosen - {"router"}
        return {name: value for name, value in start.model_dump().items() if name in wanted}

    def merged(self, changes: Mapping[str, object], of_twin: Mapping[str, object] | None = None) -> "Experiment":
        """This experiment with several settings changed at once; what is refused is named in `problems`.

        The copy stays, as long as what it has otherwise still has a meaning; `of_twin` may say another value of it.
        """
        config, refused = self.config.merge(changes)
        after = Experiment(self.preset, config, tuple(str(problem) for problem in refused))
        if self.twin is None:
            return after
        name, value = self.twin
        return after.compared(name, (of_twin or {}).get(name, value))

    def compared(self, name: str, value: object) -> "Experiment":
        """This experiment beside a copy that has another value of one setting, or a sentence on why it was refused."""
        asked = f"{name}{BETWEEN}{written(value)}"
        if name in TABLE and not can_differ(name):
            return self._refused(asked, f"the copy learns from the same data on the same device, so {name} is shared")
        config, refused = self.config.merge({name: value})
        if refused:
            return self._refused(asked, f"of {name}, {refused[0].allowed}" if name in TABLE else refused[0].allowed)
        return replace(self, twin=(name, config.settings()[name]))

    def alone(self) -> "Experiment":
        """This experiment without a copy."""
        return replace(self, twin=None)

    @property
    def others(self) -> list[dict[str, Any]]:
        """What each further run beside this one has otherwise."""
        return [dict([self.twin])] if self.twin else []

    @property
    def differences(self) -> tuple[str, ...]:
        """Names of the settings that differ from the preset's."""
        return self.config.differences(presets.load(self.preset).config)

    def _refused(self, asked: str, reason: str) -> "Experiment":
        return replace(self, twin=None, problems=(*self.problems, str(Problem(TWIN, asked, reason))))


def can_differ(name: str) -> bool:
    """Whether a run and its copy may differ in a setting of the table."""
    return TABLE[name].section != "task" and name not in SHARED


def written(value: object) -> str:
    """A setting's value as it stands in a query."""
    return str(value).lower() if isinstance(value, bool) else str(value)
