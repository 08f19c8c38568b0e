"""Where a run begins that has no worker yet."""

from pathlib import Path

from moe_core import checkpoint
from moe_core.config import ConfigError, RunConfig
from moe_core.trainer import Trainer
from server.control import Start

PRETRAINED = Path(__file__).resolve().parents[1] / "assets" / "pretrained"
"""States of presets that were trained and saved, one file each by the preset's name."""


def first_state(start: Start, kept: Path) -> tuple[Trainer, str | None]:
    """A run's own kept state, else the saved state of its preset if the settings are the same, else step 0.

    Comes with a sentence when a kept state could not be used, or when the run is not on the device that was asked for.
    """
    config, _ = RunConfig().merge(start.settings)
    if kept.exists():
        try:
            return checkpoint.load(kept), None
        except ValueError as error:
            return _at_step_0(config, f"The run is back at step 0. {error}")
    saved = PRETRAINED / f"{start.pretrained}.safetensors"
    if start.pretrained and saved.exists():
        try:
            trainer = checkpoint.load(saved)
        except ValueError as error:
            return _at_step_0(config, f"The run begins at step 0. {error}")
        if not trainer.config.differences(config):
            return trainer, None
    return _at_step_0(config)


def _at_step_0(config: RunConfig, message: str | None = None) -> tuple[Trainer, str | None]:
    """A new run, with the message. Where the machine lacks the device that was asked for, on another: this is said."""
    try:
        return Trainer(config), message
    except ConfigError as error:
        elsewhere, _ = config.merge({"device": "auto"})
        trainer = Trainer(elsewhere)
        said = f"{error} The run trains on {trainer.device.type}."
        return trainer, f"{message} {said}" if message else said
