"""Where the models train."""

from collections.abc import Callable

import torch

from moe_core.config.problem import ConfigError, Problem

# Functions, since merely asking for CUDA makes a process unfit to be forked into workers that use it.
USABLE: dict[str, Callable[[], bool]] = {
    "cuda": torch.cuda.is_available,
    "mps": torch.backends.mps.is_available,
    "cpu": lambda: True,
}
"""Devices in the order in which `auto` takes them, and whether this machine has each."""


def find_device(name: str) -> torch.device:
    """The device of a configuration: cpu, cuda, mps, or auto for the first that there is.

    Raises ConfigError for one that this machine does not have.
    """
    if name == "auto":
        name = next(kind for kind, usable in USABLE.items() if usable())
    elif not USABLE[name]():
        there = ", ".join(kind for kind, usable in USABLE.items() if usable())
        raise ConfigError([Problem("device", name, f"this machine does not have it; it has {there}")])
    return torch.device(name)
