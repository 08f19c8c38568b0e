"""What a person does to a run while it trains: a live setting changed, or an intervention on one expert. No torch."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from moe_core.config.problem import ConfigError, Problem
from moe_core.config.run import RunConfig
from moe_core.config.table import LIVE_FIELDS, TABLE

INTERVENTIONS: dict[str, str] = {
    "freeze": "The expert's weights stop moving. The router goes on learning.",
    "unfreeze": "The expert's weights move again.",
    "kill": "The expert receives nothing any more, and its probability is zero.",
    "revive_by_cloning": "The expert comes back as a copy of the busiest one, its router row moved a little.",
    "revive_afresh": "The expert comes back with new first weights and a new router row.",
    "clone": "A new expert is added: a copy of this one, its router row moved a little.",
    "add": "A new expert is added with new first weights. It begins unheard and is an equal after 200 steps.",
    "force": "Every token is sent to this expert, whatever the router's scores say.",
    "release": "No expert is forced any more.",
}
"""Every intervention and what it does. The torch twin is `moe_core.interventions`."""

WITHOUT_EXPERT = ("add", "release")
"""Interventions that are not done to one expert: their value is None."""

GROWING = ("clone", "add")
"""Interventions after which there is one expert more."""


@dataclass(frozen=True)
class Command:
    """Given when `step` steps were done. name is a live setting and value its value, or name is an intervention and
    value the expert, counted from 0."""

    step: int
    name: str
    value: Any


def changed(config: RunConfig, name: str, value: object, num_experts: int) -> RunConfig:
    """The configuration of a run that has so many experts by now, after a live setting was changed.

    Raises ConfigError for one that is not live, has no meaning in this run, or a value that is not allowed.
    """
    if name in TABLE and name not in LIVE_FIELDS:
        raise ConfigError([Problem(name, value, "it restarts the run, so it cannot change while the run goes on")])
    after, problems = config.merge({name: value})
    if problems:
        raise ConfigError(problems)
    _, problems = after.merge({"num_experts": num_experts})
    if problems:
        raise ConfigError([Problem(name, value, problems[0].allowed)])
    return after


def with_expert_added(config: RunConfig, num_experts: int, command: str, expert: object) -> None:
    """Raises ConfigError when a run may not have so many experts, after a command that adds one.

    It names the expert that the command is done to, or the number of experts where none is given.
    """
    _, problems = config.merge({"num_experts": num_experts})
    if problems:
        value = num_experts if expert is None else _as_said(expert)
        raise ConfigError([Problem(command, value, f"the number of experts would be too large; {problems[0].allowed}")])


def check_meaning(config: RunConfig, name: str, expert: object) -> None:
    """Raises ConfigError for an intervention that has no meaning in a run of this configuration."""
    router = config.router
    if name == "force" and router.asks_all:
        reason = f"it has no meaning when router is {router.router}: every expert is asked"
        raise ConfigError([Problem(name, _as_said(expert), reason)])
    if name in GROWING and router.grows is not True:
        reason = f"it has no meaning when router is {router.router}: {router.grows}"
        raise ConfigError([Problem(name, _as_said(expert), reason)])


def checked_expert(name: str, expert: object, num_experts: int) -> int:
    """The expert, counted from 0, that an intervention is done to; num_experts where it is done to none.

    Raises ConfigError for none where one is needed, one where none is, and no such expert.
    """
    if name in WITHOUT_EXPERT:
        if expert is not None:
            raise ConfigError([Problem(name, expert, "it is not done to one expert")])
        return num_experts
    if isinstance(expert, bool) or not isinstance(expert, int) or not 0 <= expert < num_experts:
        raise ConfigError([Problem(name, _as_said(expert), f"it is done to one of the experts, 1 to {num_experts}")])
    return expert


def _as_said(expert: object) -> object:
    """People count experts from 1, as the screen does. What is no expert is said as it is."""
    return expert if isinstance(expert, bool) or not isinstance(expert, int) else f"expert {expert + 1}"


def after(start: RunConfig, log: Iterable[Command]) -> tuple[RunConfig, int]:
    """The settings and the number of experts that commands lead to. Raises ConfigError for one that is not allowed.

    Whether an expert is alive is known only to the run itself: what depends on that is not checked here.
    """
    config, num_experts = start, start.model.num_experts
    for command in log:
        if command.name not in INTERVENTIONS:
            config = changed(config, command.name, command.value, num_experts)
            continue
        checked_expert(command.name, command.value, num_experts)
        check_meaning(config, command.name, command.value)
        if command.name in GROWING:
            num_experts += 1
            with_expert_added(config, num_experts, command.name, command.value)
    return config, num_experts
