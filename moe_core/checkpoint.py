"""A whole run in one safetensors file: going on from it is bitwise the same as never having stopped.

Tensors: both models' weights, what the balancer remembers, Adam's moments, the batch generator's state, the curves.
Metadata: the fields of SavedRun, as JSON. Pickle is never read or written.
"""

from pathlib import Path
from typing import Any

import torch
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from moe_core.config import ConfigError, RunConfig
from moe_core.history import History
from moe_core.trainer import Command, Trainer

FORMAT = "moe-lab-run-1"


class SavedRun(BaseModel):
    """What a file says of its run beside the tensors.

    settings are those of step 0, log the commands since, step how many steps were done, spacing the steps between two
    rows of the curves. divergence says why the run cannot go on, or is None.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    settings: dict[str, Any]
    log: list[Command]
    step: int = Field(ge=0)
    spacing: int = Field(ge=1)
    divergence: str | None


def save(trainer: Trainer, path: Path) -> None:
    """Write the run to `path`. The file appears whole or not at all."""
    run = SavedRun(
        settings=trainer.start_config.settings(),
        log=trainer.log,
        step=trainer.step_count,
        spacing=trainer.history.spacing,
        divergence=trainer.divergence,
    )
    partial = path.with_suffix(".partial")
    save_file(_tensors(trainer), partial, {"format": FORMAT, "run": run.model_dump_json()})
    partial.replace(path)


def settings_of(path: Path) -> dict[str, Any]:
    """The settings at step 0 of a saved run, without building it. Raises ValueError as `load` does."""
    return _read_run(path).settings


def load(path: Path) -> Trainer:
    """Rebuild the run saved at `path`.

    Raises ValueError, naming the file, when it is no saved run, when its settings are refused, or when its tensors do
    not have the names, types and shapes that its settings ask for. Settings are checked before anything is allocated.
    """
    run = _read_run(path)
    try:
        trainer = Trainer(RunConfig.from_settings(run.settings))
        for command in run.log:
            trainer.set(command.field, command.value)
    except ConfigError as error:
        raise ValueError(f"{path.name} holds settings that are not allowed. {error}") from error
    trainer.log = run.log
    trainer.step_count = run.step
    trainer.divergence = run.divergence
    saved = _read_tensors(path, _tensors(trainer))
    try:
        trainer.batches.set_state(saved["batches"])
    except RuntimeError as error:
        raise ValueError(f"{path.name} does not fit its own settings: batches is no state of a generator.") from error
    _restore(trainer, saved, run.spacing)
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
    trainer.history.restore(saved["history"].numpy(), spacing)


def _read_run(path: Path) -> SavedRun:
    try:
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError) as error:
        raise ValueError(f"{path.name} cannot be read as a saved run: {error}.") from error
    if metadata.get("format") != FORMAT:
        raise ValueError(f"{path.name} is not a saved run of this program: its format is not {FORMAT}.")
    try:
        return SavedRun.model_validate_json(metadata.get("run", ""))
    except ValidationError as error:
        wrong = error.errors(include_url=False)[0]
        where = ".".join(str(part) for part in wrong["loc"]) or "run"
        raise ValueError(f"{path.name} is not a whole saved run: its {where} cannot be read.") from error


def _read_tensors(path: Path, expected: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors, if their names, types and shapes are those of `expected`. Only the history's length is free."""
    with safe_open(path, framework="pt") as file:
        names = set(file.keys())
        if names != set(expected):
            odd = min(names ^ set(expected))
            raise ValueError(f"{path.name} does not fit its own settings: the tensor {odd} is missing or unexpected.")
        saved = {name: file.get_tensor(name) for name in names}
    for name, tensor in saved.items():
        shape = list(expected[name].shape)
        if name == "history" and tensor.ndim == 2:
            shape[0] = min(len(tensor), History.MAX_ROWS)
        found = f"{tensor.dtype} {list(tensor.shape)}"
        wanted = f"{expected[name].dtype} {shape}"
        if found != wanted:
            raise ValueError(f"{path.name} does not fit its own settings: {name} is {found}, not {wanted}.")
    return saved
