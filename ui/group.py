"""The further members of a lockstep group: what each has otherwise than the run, as an address and a person say it."""

from collections.abc import Iterable, Mapping
from typing import Any

from moe_core.config import TABLE, ConfigError, RunConfig
from moe_core.config.problem import Problem
from server.message import MOST_MEMBERS

TWIN = "twin"
BETWEEN_MEMBERS, BETWEEN_SETTINGS, BETWEEN = ";", ",", ":"
"""In the address: `twin=router:dense,k:2;learning_rate:0.1` is two further members, of which the first has two settings
otherwise."""

SHARED = ("seed", "data_draw", "device")
"""Settings that all members share, as they do the task: they learn from the same data, on the same device."""

OF_THE_SAME_DATA = ("features",)
"""Settings of the task in which they may differ all the same: what each member sees of the data."""

Member = Mapping[str, Any]
"""The settings that a further member has otherwise, and its values of them."""


def can_differ(name: str) -> bool:
    """Whether members may differ in a setting of the table."""
    return name in OF_THE_SAME_DATA or (TABLE[name].section != "task" and name not in SHARED)


def admitted(config: RunConfig, asked: Iterable[Member | str]) -> tuple[tuple[Member, ...], tuple[str, ...]]:
    """Those that can stand beside a run, in its own types, and a sentence on each that cannot.

    asked: members, or what an address says of them.
    """
    asked = list(asked)
    members, problems = [], []
    for said in asked[: MOST_MEMBERS - 1]:
        try:
            members.append(_checked(config, _parsed(said) if isinstance(said, str) else said))
        except ConfigError as error:
            problems.append(str(error))
    if len(asked) >= MOST_MEMBERS:
        reason = f"at most {MOST_MEMBERS - 1} stand beside the run, and only the first {MOST_MEMBERS - 1} were read"
        problems.append(str(Problem(TWIN, f"{len(asked)} copies", reason)))
    return tuple(members), tuple(problems)


def said_in_query(members: Iterable[Member]) -> str:
    """The members as an address says them."""
    return BETWEEN_MEMBERS.join(_said(member) for member in members)


def read_from_query(text: str) -> list[str]:
    """What an address says of each member."""
    return text.split(BETWEEN_MEMBERS)


def name_of(member: Member) -> str:
    """What a person reads of a member: each setting that it has otherwise, and its value, as over its column."""
    return ", ".join(f"{TABLE[name].label} {TABLE[name].title(value)}" for name, value in member.items())


def names_apart(settings: Member, members: Iterable[Member]) -> list[str]:
    """What each of a group is called: the run itself, which has these settings, by what it has of all that others have
    otherwise; each other by what it has otherwise. As over their columns.
    """
    members = list(members)
    first = {name: settings[name] for member in members for name in member if name in settings}
    return [name_of(member) for member in (first, *members)]


def written(value: object) -> str:
    """A setting's value as an address says it."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def _said(member: Member) -> str:
    return BETWEEN_SETTINGS.join(f"{name}{BETWEEN}{written(value)}" for name, value in member.items())


def _parsed(text: str) -> dict[str, str]:
    """The settings that an address says a member has otherwise, unchecked. Raises ConfigError for one said twice."""
    pairs = [pair.partition(BETWEEN) for pair in text.split(BETWEEN_SETTINGS)]
    settings = {name: value for name, _, value in pairs}
    if len(settings) < len(pairs):
        raise ConfigError([Problem(TWIN, text, "each setting is named once")])
    return settings


def _checked(config: RunConfig, member: Member) -> Member:
    """The member in the settings' own types. Raises ConfigError, saying why, for one that the run cannot have."""

    def refused(reason: str) -> ConfigError:
        return ConfigError([Problem(TWIN, _said(member), reason)])

    shared = next((name for name in member if name in TABLE and not can_differ(name)), None)
    if shared is not None:
        raise refused(f"the copy learns from the same data on the same device, so {shared} is shared")
    beside, problems = config.merge(config.with_what_falls(member))
    if problems:
        named = len(problems) > 1 or problems[0].field in TABLE
        raise refused("; ".join(f"of {each.field}, {each.allowed}" if named else each.allowed for each in problems))
    settings = beside.settings()
    return {name: settings[name] for name in member}
