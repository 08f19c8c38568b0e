"""Named situations: a TOML file each in assets/presets, with settings that were measured to show what they claim."""

import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from moe_core.config.problem import ConfigError, Problem, unknown_name
from moe_core.config.run import RunConfig

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "presets"

NAMES: tuple[str, ...] = (
    "specialists",
    "collapse-plane",
    "collapse",
    "rescue",
    "balanced",
    "balanced-only",
    "two-experts-each",
    "dense",
    "one-network",
    "own-data",
    "loss-free",
    "capacity",
    "fine-grained",
    "likelihood",
)
"""In the order in which a person meets them; the first is the one the Playground opens with."""


@dataclass(frozen=True)
class Preset:
    """name: as in a URL. title: on the button. look_for: one sentence on what to watch. config: the settings."""

    name: str
    title: str
    look_for: str
    config: RunConfig


@cache
def load(name: str) -> Preset:
    """Read one preset. Raises ConfigError for a name that does not exist, naming the nearest."""
    if name not in NAMES:
        raise ConfigError([Problem("preset", name, unknown_name("preset", name, NAMES))])
    content = tomllib.loads((FOLDER / f"{name}.toml").read_text(encoding="utf-8"))
    config = RunConfig.from_settings(content["settings"])
    return Preset(name=name, title=content["title"], look_for=content["look_for"], config=config)
