"""The members of a run: one trainer, or several that train in lockstep on equal batches, each changed in something."""

from collections.abc import Sequence
from typing import Any

from moe_core.config import LIVE_FIELDS, ConfigError, Problem, RunConfig
from moe_core.config.command import changed
from moe_core.time_machine import TimeMachine
from moe_core.trainer import Trainer


class Refused(Exception):
    """A command that cannot be obeyed now. Says why."""


class Lockstep:
    """Members that do every step together. Members are counted from 0.

    They share the memory that the kept states of one run may take, so a group takes no more of it than a run alone.
    """

    def __init__(self, members: Sequence[Trainer]) -> None:
        self._gather(members)

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
    def stopped(self) -> str | None:
        """Why a member should stop at this very step, if one should."""
        return next((member.stopped for member in self.members if member.stopped), None)

    @property
    def in_step(self) -> bool:
        """Whether all members are at the same step. They are not once one diverged and others had stepped before it."""
        return self.is_at(self.step)

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
        first, member = self.trainer.config, self.members[number].config
        if first is member:
            return {}
        mine, theirs = first.settings(), member.settings()
        return {name: theirs[name] for name in first.differences(member) if name in mine.keys() & theirs}

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
        self._leave_the_old_future()

    def retune(self, configs: Sequence[RunConfig]) -> tuple[Problem, ...]:
        """Change the live fields in which each member differs from its new configuration.

        All is checked before anything is changed. A field that one member cannot have is changed in none, so that
        nobody is left with half of a change. Returns why.
        """
        changes = [
            {field: config.settings()[field] for field in member.config.differences(config)}
            for member, config in zip(self.members, configs, strict=True)
        ]
        refused: dict[str, Problem] = {}
        while problems := self._problems(changes):
            refused |= problems
            changes = [{field: value for field, value in own.items() if field not in refused} for own in changes]
        for member, own in zip(self.members, changes, strict=True):
            for field, value in own.items():
                member.do(field, value)
        if any(changes):
            self._leave_the_old_future()
        return tuple(refused.values())

    def goes_on_as(self, configs: Sequence[RunConfig]) -> bool:
        """Whether the run can become these members without starting again: only live fields are to change.

        With nothing learned and nothing done there is nothing to go on from, and a new member simply starts as it is.
        """
        if len(configs) != len(self.members) and self.is_at(0) and not any(member.log for member in self.members):
            return False
        origins = self._origins(configs)
        return all(set(old.config.differences(new)) <= LIVE_FIELDS for old, new in zip(origins, configs, strict=True))

    def resize(self, configs: Sequence[RunConfig]) -> bool:
        """Have a member for each configuration, as yet without its changes. Returns whether others are there now.

        Raises ValueError when a copy cannot be made, the table is gone, say: then the old members stay.
        """
        first, *further = self._origins(configs)
        members = (first, *(first.fork() if member is first else member for member in further))
        are_others = members != self.members
        if are_others:
            self._gather(members)
        return are_others

    def build(self, configs: Sequence[RunConfig]) -> None:
        """New members at step 0. Raises ValueError when one cannot be had: then the old ones stay."""
        self._gather([Trainer(config) for config in configs])

    def rewind(self) -> None:
        """Back to step 0 under the present settings. Raises Refused, a table that is gone, say: then none moved."""
        try:
            self.build([member.config for member in self.members])
        except ValueError as error:
            raise Refused(str(error)) from error

    def _origins(self, configs: Sequence[RunConfig]) -> list[Trainer]:
        """Whom each member goes on from: itself, under another number where one before it has gone; or the first.

        A copy of the first is made where there was no such member, and where one is to differ in other settings than it
        did: what it had become by those would stand beside the run as the work of these.
        """
        stayed = [self.trainer, *(member for member in self.members[1:] if member.config in configs[1:])]
        if len(stayed) < len(self.members) and [member.config for member in stayed] == list(configs):
            return stayed
        origins = [self.trainer]
        for number, config in enumerate(configs[1:], start=1):
            member = self.members[number] if number < len(self.members) else self.trainer
            before = set(self.trainer.config.differences(member.config))
            after = set(configs[0].differences(config))
            origins.append(self.trainer if before and after and not before & after else member)
        return origins

    def _gather(self, members: Sequence[Trainer]) -> None:
        self.members = tuple(members)
        for member in self.members:
            member.kept.max_bytes = TimeMachine.MAX_BYTES // len(self.members)

    def _leave_the_old_future(self) -> None:
        """What one member forgets of later steps, all forget: curves and kept states stay side by side."""
        for member in self.members:
            member.leave_the_old_future()

    def _problems(self, changes: Sequence[dict[str, Any]]) -> dict[str, Problem]:
        """Which of these live fields a member cannot have, and why, by field."""
        problems: dict[str, Problem] = {}
        for member, own in zip(self.members, changes, strict=True):
            config = member.config
            for number, (field, value) in enumerate(own.items()):
                try:
                    config = changed(config, field, value, member.num_experts)
                    member.check_room_for(number + 1, field, value)
                except ConfigError as error:
                    problems[field] = error.problems[0]
        return problems
