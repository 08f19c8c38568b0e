"""The members of a run: one trainer, or several that train in lockstep on equal batches, each changed in something."""

from collections.abc import Sequence
from typing import Any

from moe_core.config import ConfigError, Problem, RunConfig
from moe_core.trainer import Trainer


class Refused(Exception):
    """A command that cannot be obeyed now. Says why."""


class Lockstep:
    """Members that do every step together. Members are counted from 0."""

    def __init__(self, members: Sequence[Trainer]) -> None:
        self.members = tuple(members)

    @property
    def trainer(self) -> Trainer:
        """The first member, from which the others differ."""
        return self.members[0]

    @property
    def step(self) -> int:
        """How many steps all members have done."""
        return min(member.step_count for member in self.members)

    @property
    def kept_steps(self) -> tuple[int, ...]:
        """The steps that every member can go back to, in order."""
        common = set.intersection(*(set(member.kept.steps) for member in self.members))
        return tuple(sorted(common))

    @property
    def last_step(self) -> int:
        """The latest step that can be gone forward to: the present one, unless the run went back."""
        return max(self.step, *self.kept_steps)

    @property
    def divergence(self) -> str | None:
        """Which member diverged, and why, if one did."""
        for number, member in enumerate(self.members, start=1):
            if member.divergence:
                alone = len(self.members) == 1
                return member.divergence if alone else f"Run {number} of {len(self.members)}: {member.divergence}"
        return None

    def member(self, number: int) -> Trainer:
        """A member by its number. Raises Refused where there is none."""
        if number >= len(self.members):
            have = "this run is one alone" if len(self.members) == 1 else f"there are {len(self.members)}, from 0"
            raise Refused(f"member = {number} was refused: {have}.")
        return self.members[number]

    def changes(self, number: int) -> dict[str, Any]:
        """The settings in which a member differs from the first. Those that only one of them has follow from these."""
        member = self.members[number].config
        mine, theirs = self.trainer.config.settings(), member.settings()
        return {name: theirs[name] for name in self.trainer.config.differences(member) if name in mine.keys() & theirs}

    def asked(
        self, settings: dict[str, Any], others: Sequence[dict[str, Any]]
    ) -> tuple[list[RunConfig], tuple[Problem, ...]]:
        """The configuration of each member under new settings, and what of these is refused."""
        first, problems = self.trainer.config.merge(settings)
        configs = [first]
        for other in others:
            config, refused = first.merge(other)
            configs.append(config)
            problems += refused
        return configs, problems

    def is_at(self, step: int) -> bool:
        """Whether all members are there, so that there is nowhere to go."""
        return all(member.step_count == step for member in self.members)

    def check_kept(self, step: int) -> None:
        """Raises Refused for a step that a member did not keep, naming the nearest that all did."""
        if step not in self.kept_steps:
            nearest = min(self.kept_steps, key=lambda kept: abs(kept - step))
            raise Refused(f"step = {step} was refused: no state of it is kept, and the nearest is {nearest}.")

    def intervene(self, number: int, name: str, expert: int | None) -> None:
        """Do something to an expert of one member. Raises Refused for what cannot be done."""
        try:
            self.member(number).do(name, expert)
        except ConfigError as error:
            raise Refused(str(error)) from error
