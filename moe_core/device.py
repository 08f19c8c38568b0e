"""Where the models train."""

import torch

from moe_core.config.problem import ConfigError, Problem


def find_device(name: str) -> torch.device:
    """The device of a configuration: cpu, cuda, mps, or auto for the first there is of CUDA, MPS and the processor.

    Raises ConfigError for one that this machine does not have.
    """
    there = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if name == "auto":
        name = next(kind for kind, usable in there.items() if usable)
    if not there[name]:
        usable = ", ".join(kind for kind in there if there[kind])
        raise ConfigError([Problem("device", name, f"this machine does not have it; it has {usable}")])
    return torch.device(name)
