"""A whole run in one safetensors file: going on from it is bitwise the same as never having stopped.

Tensors: both models' weights, what the balancer remembers, Adam's moments, the batch generator's state, the curves.
Metadata: the settings at step 0 and the log of commands, as JSON. Pickle is never read or written.
"""

import json
from pathlib import Path
from typing import Any

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from moe_core.config import RunConfig
from moe_core.trainer import Command, Trainer

FORMAT = "moe-lab-run-1"


def save(trainer: Trainer, path: Path) -> None:
    """Write the run to `path`. The file appears whole or not at all."""
    metadata = {
        "format": FORMAT,
        "settings": json.dumps(trainer.start_config.settings()),
        "log": json.dumps([[command.step, command.field, command.value] for command in trainer.log]),
        "step": str(trainer.step_count),
        "spacing": str(trainer.history.spacing),
    }
    partial = path.with_suffix(".partial")
    save_file(_tensors(trainer), partial, metadata)
    partial.replace(path)


def settings_of(path: Path) -> dict[str, Any]:
    """The settings at step 0 of a saved run, without building it. Raises ValueError as `load` does."""
    return _json(_metadata(path), "settings", path)


def load(path: Path) -> Trainer:
    """Rebuild the run saved at `path`.

    Raises ValueError, naming the file, when it is no saved run, when its settings are refused, or when its tensors do
    not have the names and shapes that its settings ask for. Settings are checked before anything is allocated.
    """
    metadata = _metadata(path)
    trainer = Trainer(RunConfig.from_settings(_json(metadata, "settings", path)))
    for step, field, value in _json(metadata, "log", path):
        trainer.set(field, value)
        trainer.log[-1] = Command(step, field, value)
    trainer.step_count = int(metadata["step"])
    with safe_open(path, framework="pt") as file:
        _check_shapes(file, _tensors(trainer), path)
        saved = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118 - safe_open is no mapping
    _restore(trainer, saved, int(metadata["spacing"]))
    return trainer


def _tensors(trainer: Trainer) -> dict[str, Tensor]:
    tensors = {name: parameter.detach() for name, parameter in trainer.parameters.items()}
    tensors |= {f"balancer.{name}": buffer for name, buffer in trainer.balancer.state_dict().items()}
    for name, parameter in trainer.parameters.items():
        moments = trainer.optimizer.state.get(parameter) or _unmoved(parameter)
        tensors |= {f"adam.{kind}.{name}": moment for kind, moment in moments.items()}
    tensors["batches"] = trainer.batches.get_state()
    tensors["history"] = torch.from_numpy(trainer.history.rows())
    return tensors


def _unmoved(parameter: Tensor) -> dict[str, Tensor]:
    """Adam's state of a parameter that it has not moved yet."""
    return {
        "step": torch.zeros((), dtype=torch.float32),
        "exp_avg": torch.zeros_like(parameter),
        "exp_avg_sq": torch.zeros_like(parameter),
    }


def _restore(trainer: Trainer, saved: dict[str, Tensor], spacing: int) -> None:
    with torch.no_grad():
        for name, parameter in trainer.parameters.items():
            parameter.copy_(saved[name])
            moments = {kind: saved[f"adam.{kind}.{name}"] for kind in ("step", "exp_avg", "exp_avg_sq")}
            if moments["step"] > 0:
                trainer.optimizer.state[parameter] = moments
    buffers = {name.removeprefix("balancer."): tensor for name, tensor in saved.items() if name.startswith("balancer.")}
    trainer.balancer.load_state_dict(buffers)
    trainer.batches.set_state(saved["batches"])
    trainer.history.restore(saved["history"].numpy(), spacing)


def _metadata(path: Path) -> dict[str, str]:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{path.name} cannot be read as a saved run: {error}.") from error
    if metadata.get("format") != FORMAT:
        raise ValueError(f"{path.name} is not a saved run of this program: its format is not {FORMAT}.")
    return dict(metadata)


def _json(metadata: dict[str, str], name: str, path: Path) -> Any:
    try:
        return json.loads(metadata[name])
    except (KeyError, json.JSONDecodeError) as error:
        raise ValueError(f"{path.name} is not a whole saved run: its {name} cannot be read.") from error


def _check_shapes(file: Any, expected: dict[str, Tensor], path: Path) -> None:
    """Compare names and shapes with the run that the settings describe. Only the history's length is free."""
    names = set(file.keys())
    if names != set(expected):
        odd = min(names ^ set(expected))
        raise ValueError(f"{path.name} does not fit its own settings: the tensor {odd} is missing or unexpected.")
    for name, tensor in expected.items():
        shape, wanted = list(file.get_slice(name).get_shape()), list(tensor.shape)
        if name == "history":
            shape, wanted = shape[1:], wanted[1:]
        if shape != wanted:
            raise ValueError(
                f"{path.name} does not fit its own settings: {name} is {shape}, and {wanted} was expected."
            )
