"""What a page is showing: a preset and what was changed of it. It reads from a URL and writes to one, and back."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from moe_core.config import ConfigError, RunConfig, presets

PRESET = "preset"


@dataclass(frozen=True)
class Experiment:
    """A preset's name, the present configuration, and sentences on what was refused on the way here."""

    preset: str
    config: RunConfig
    problems: tuple[str, ...] = ()

    @classmethod
    def of_preset(cls, name: str) -> Self:
        """A preset as it stands. Raises ConfigError for a name that does not exist."""
        return cls(name, presets.load(name).config)

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> Self:
        """Read a URL's query. What is refused is named in `problems`; the good fields are kept."""
        changes = dict(query)
        try:
            start = cls.of_preset(changes.pop(PRESET, presets.NAMES[0]))
            problems: tuple[str, ...] = ()
        except ConfigError as error:
            start = cls.of_preset(presets.NAMES[0])
            problems = (str(error),)
        config, refused = start.config.merge(changes)
        return cls(start.preset, config, problems + tuple(str(problem) for problem in refused))

    def query(self) -> dict[str, str]:
        """The shortest query that reads back as this experiment: the preset, and the settings that differ from it."""
        query = {} if self.preset == presets.NAMES[0] else {PRESET: self.preset}
        for name, value in self._said().items():
            query[name] = str(value).lower() if isinstance(value, bool) else str(value)
        return query

    def _said(self) -> dict[str, Any]:
        """The settings to name beside the preset.

        Another task may start with another noise than the preset's, so what is the same as there may need to be said.
        """
        settings, start = self.config.settings(), presets.load(self.preset).config
        said = {name: settings[name] for name in self.differences if name in settings}
        read, _ = start.merge(said)
        return said | {name: settings[name] for name in self.config.differences(read) if name in settings}

    def changed(self, name: str, value: object) -> "Experiment":
        """This experiment with one setting changed, or with a sentence on why it was refused.

        k goes down with the number of experts: nobody can ask for more experts than there are.
        """
        changes = {name: value}
        if name == "num_experts" and isinstance(value, int) and self.config.settings().get("k", 0) > value:
            changes["k"] = value
        return self.merged(changes)

    def merged(self, changes: Mapping[str, object]) -> "Experiment":
        """This experiment with several settings changed at once; what is refused is named in `problems`."""
        config, refused = self.config.merge(changes)
        return Experiment(self.preset, config, tuple(str(problem) for problem in refused))

    @property
    def differences(self) -> tuple[str, ...]:
        """Names of the settings that differ from the preset's."""
        return self.config.differences(presets.load(self.preset).config)
