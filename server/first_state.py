"""Where a run begins that has no worker yet."""

from pathlib import Path

from moe_core import checkpoint
from moe_core.config import ConfigError, RunConfig
from moe_core.trainer import Trainer
from server.control import Start
from server.place import Place

PRETRAINED = Path(__file__).resolve().parents[1] / "assets" / "pretrained"
"""States of presets that were trained and saved, one file each by the preset's name."""

OUT_OF_STEP = "The run is back at step 0. Its members were kept at different steps, and they train in lockstep."


def first_state(start: Start, place: Place) -> tuple[list[Trainer], str | None]:
    """A run's own kept states, else the saved state of its preset if the settings are the same, else step 0.

    There is a trainer for each member. Comes with a sentence when a kept state could not be used, or when the run is
    not on the device that was asked for.
    """
    first, _ = RunConfig().merge(start.settings)
    configs = [first, *(first.merge(other)[0] for other in start.others)]
    kept = [place.kept(start.run, member) for member in range(len(configs))]
    if all(path.exists() for path in kept):
        try:
            members = [checkpoint.load(path) for path in kept]
        except ValueError as error:
            return _at_step_0(configs, f"The run is back at step 0. {error}")
        in_lockstep = len({member.step_count for member in members}) == 1
        return (members, None) if in_lockstep else _at_step_0(configs, OUT_OF_STEP)
    saved = PRETRAINED / f"{start.pretrained}.safetensors"
    if start.pretrained and len(configs) == 1 and saved.exists():
        try:
            trainer = checkpoint.load(saved)
        except ValueError as error:
            return _at_step_0(configs, f"The run begins at step 0. {error}")
        if not trainer.config.differences(first):
            return [trainer], None
    return _at_step_0(configs)


def _at_step_0(configs: list[RunConfig], message: str | None = None) -> tuple[list[Trainer], str | None]:
    """A new run, with the message. Where it cannot be had, the nearest that can, and this is said.

    The machine may lack the device that was asked for. And a person's table may be deleted at any moment, after its
    settings were found to be good too.
    """
    try:
        return [Trainer(config) for config in configs], message
    except ConfigError as error:
        members = [Trainer(config.merge({"device": "auto"})[0]) for config in configs]
        said = f"{error} The run trains on {members[0].device.type}."
    except ValueError as error:
        members = [Trainer(RunConfig()) for _ in configs]
        said = f"{error} Until then the run learns from another task: {RunConfig().task.title}."
    return members, f"{message} {said}" if message else said
