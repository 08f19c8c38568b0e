"""What a page is showing: a preset, what was changed of it, and copies beside it. It reads and writes URLs."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from moe_core.config import TABLE, ConfigError, RunConfig, presets
from moe_core.config.table import variant_named
from ui.group import TWIN, Member, admitted, names_apart, read_from_query, said_in_query, written

PRESET = "preset"


@dataclass(frozen=True)
class Experiment:
    """A preset's name, the present configuration, and sentences on what was refused on the way here.

    members: what each further run beside this one has otherwise: as it was asked, one or several settings.
    fallen: sentences on what gave way so that the address could be had.
    """

    preset: str
    config: RunConfig
    problems: tuple[str, ...] = ()
    members: tuple[Member, ...] = ()
    fallen: tuple[str, ...] = ()

    @classmethod
    def of_preset(cls, name: str) -> Self:
        """A preset as it stands. Raises ConfigError for a name that does not exist."""
        return cls(name, presets.load(name).config)

    @classmethod
    def of_query(cls, query: Mapping[str, str]) -> "Experiment":
        """Read a URL's query. What is refused is named in `problems`; the good fields are kept.

        What a router cannot have falls as it does where a person chooses the router, and is named in `fallen`.
        """
        changes = dict(query)
        twin = changes.pop(TWIN, None)
        try:
            start = cls.of_preset(changes.pop(PRESET, presets.NAMES[0]))
            problems: tuple[str, ...] = ()
        except ConfigError as error:
            start = cls.of_preset(presets.NAMES[0])
            problems = (str(error),)
        together = start.config.with_what_falls(changes)
        config, refused = start.config.merge(together)
        problems += tuple(str(problem) for problem in refused)
        before = {name: row.default for name, row in TABLE.items()} | start.config.settings()
        fallen = tuple(
            f"{name} is {written(value)} and not {written(before[name])}, which the rest of this address rules out."
            for name, value in together.items()
            if name not in changes
        )
        read = Experiment(start.preset, config, problems, fallen=fallen)
        return read if twin is None else read.beside(read_from_query(twin))

    def query(self) -> dict[str, str]:
        """The shortest query that reads back as this experiment: the preset, what was changed of it, and copies."""
        query = {} if self.preset == presets.NAMES[0] else {PRESET: self.preset}
        for name, value in self.changes.items():
            query[name] = written(value)
        if self.members:
            query[TWIN] = said_in_query(self.members)
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

        What another router, or fewer experts, cannot have falls with the change. What has no meaning with another
        router falls with the one before.
        """
        wished = self._as_in_the_preset(str(value)) if name == "router" else {}
        return self.merged(self.config.with_what_falls({name: value}, wished))

    def _as_in_the_preset(self, router: str) -> dict[str, Any]:
        """What another router has of the preset's router, where nothing else was chosen meanwhile: so that routers that
        are tried one after another start alike, whichever came between."""
        if router not in TABLE["router"].choices:
            return {}
        start, now = presets.load(self.preset).config.router, self.config.router
        chosen = {name for name, field in type(now).model_fields.items() if getattr(now, name) != field.default}
        wanted = set(variant_named("router", router).model_fields) - chosen - {"router"}
        return {name: value for name, value in start.model_dump().items() if name in wanted}

    def merged(self, changes: Mapping[str, object], of_members: Sequence[Member] = ()) -> "Experiment":
        """This experiment with several settings changed at once; what is refused is named in `problems`.

        Members stay, as long as what they have otherwise still has a meaning; `of_members` may say, for each, other
        values of it.
        """
        config, refused = self.config.merge(changes)
        after = Experiment(self.preset, config, tuple(str(problem) for problem in refused))
        others = [*of_members, *[{}] * len(self.members)]
        return after.beside(
            {name: other.get(name, value) for name, value in member.items()}
            for member, other in zip(self.members, others, strict=False)
        )

    def treated(self, changes: Mapping[str, object], cures: Sequence[str]) -> "Experiment":
        """This experiment with settings changed at once, those of `cures` of the run alone: members keep theirs."""
        after = self.alone().merged(changes)
        before, now = self.config.settings(), after.config.settings()

        def as_it_was(member: Member) -> Member:
            own = {**{name: before[name] for name in cures if name in before}, **member}
            apart = {name: value for name, value in own.items() if now.get(name) != value}
            return apart or member

        return after.beside(as_it_was(member) for member in self.members)

    def beside(self, members: Iterable[Member | str]) -> "Experiment":
        """This experiment with these members beside it, as settings or as an address says them, and no others.

        Of one that is refused a sentence is added to `problems`.
        """
        able, refused = admitted(self.config, members)
        return replace(self, members=able, problems=self.problems + refused)

    def compared(self, name: str, value: object) -> "Experiment":
        """This experiment beside one copy that has another value of one setting."""
        return replace(self, problems=(), fallen=()).beside([{name: value}])

    def without(self, number: int) -> "Experiment":
        """This experiment without one of its members. They are counted from 1: 0 is the run itself."""
        return replace(self, members=self.members[: number - 1] + self.members[number:], problems=(), fallen=())

    def alone(self) -> "Experiment":
        """This experiment without any other beside it."""
        return replace(self, members=(), problems=(), fallen=())

    @property
    def others(self) -> list[dict[str, Any]]:
        """What each further run beside this one has otherwise, and what falls with it."""
        return [self.config.with_what_falls(member) for member in self.members]

    @property
    def names(self) -> list[str]:
        """What the run and each beside it are called, by what tells them from each other."""
        return names_apart(self.config.settings(), self.others)

    @property
    def differences(self) -> tuple[str, ...]:
        """Names of the settings that differ from the preset's."""
        return self.config.differences(presets.load(self.preset).config)
