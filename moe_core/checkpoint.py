"""A whole run in one safetensors file: going on from it is bitwise the same as never having stopped.

Tensors: those of the run's state (see moe_core.run_state), and its curves. Metadata: the fields of SavedRun, as TOML
(see moe_core.saved_run), so that a person can read the settings of a file. Pickle is never read or written.
"""

import struct
import tempfile
from pathlib import Path

import torch
from safetensors import SafetensorError, safe_open
from safetensors.torch import save_file
from torch import Tensor

from moe_core.config import ConfigError, RunConfig
from moe_core.config.command import after
from moe_core.history import History
from moe_core.run_state import tensors_of
from moe_core.saved_run import SavedCommand, SavedRun, saved_run
from moe_core.saved_tensors import check_tensors
from moe_core.time_machine import RunState
from moe_core.trainer import Trainer

FORMAT = "moe-lab-run-2"

MAX_HEADER_BYTES = 2**20
"""The header of a run with thousands of commands takes some hundred KiB."""


def save(trainer: Trainer, path: Path) -> None:
    """Write the run to `path`. The file appears whole or not at all."""
    tensors = trainer.state().tensors | _curves(trainer)
    with tempfile.TemporaryDirectory(prefix="saving-", dir=path.parent) as private:
        partial = Path(private, "run")
        save_file(tensors, partial, {"format": FORMAT, "run": settings_toml(trainer)})
        partial.replace(path)


def settings_toml(trainer: Trainer) -> str:
    """The fields of SavedRun as TOML: the settings at step 0, and each command since."""
    run = SavedRun(
        step=trainer.step_count,
        spacing=trainer.history.spacing,
        divergence=trainer.divergence or "",
        settings=trainer.start_config.settings(),
        log=[SavedCommand.of(command) for command in trainer.log],
    )
    return run.toml()


def load(path: Path) -> Trainer:
    """Rebuild the run saved at `path`.

    Raises ValueError, naming the file, when it is no saved run, when its settings are refused, when its tensors do not
    have the names, types and shapes that its settings ask for, or when they hold what no run has. The header's size is
    checked before it is read, settings before a model is built, and shapes before a tensor is read.
    """
    run = _read_run(path)
    try:
        start = RunConfig.from_settings(run.settings)
        _, num_experts = after(start, run.commands)
        trainer = Trainer(start)
    except ConfigError as error:
        raise ValueError(f"{path.name} holds settings that are not allowed. {error}") from error
    trainer.make_room(num_experts)
    saved = _read_tensors(path, tensors_of(trainer) | _curves(trainer))
    try:
        check_tensors(run.step, saved)
    except ValueError as error:
        raise ValueError(f"{path.name} does not fit its own settings: {error}.") from error
    try:
        trainer.restore(RunState(run.step, run.commands, saved))
    except RuntimeError as error:
        raise ValueError(f"{path.name} does not fit its own settings: a generator's state is none.") from error
    trainer.history.restore(saved["history"].numpy(), saved["history_load"].numpy(), run.spacing)
    trainer.divergence = run.divergence or None
    if trainer.step_count:
        trainer.kept.keep(trainer.state())
    return trainer


def _curves(trainer: Trainer) -> dict[str, Tensor]:
    """The curves until now: a run that went back leaves what came later behind."""
    rows, loads = trainer.history.until(trainer.step_count, trainer.num_experts)
    return {"history": torch.from_numpy(rows), "history_load": torch.from_numpy(loads)}


def _read_run(path: Path) -> SavedRun:
    try:
        _check_header_size(path)
        with safe_open(path, framework="pt") as file:
            metadata = file.metadata() or {}
    except (SafetensorError, OSError, ValueError) as error:
        raise ValueError(f"{path.name} cannot be read as a saved run: {str(error).rstrip('.')}.") from error
    if metadata.get("format") != FORMAT:
        raise ValueError(f"{path.name} is not a saved run of this program: its format is not {FORMAT}.")
    try:
        return saved_run(metadata.get("run", ""))
    except ValueError as error:
        raise ValueError(f"{path.name} is not a whole saved run: {error}.") from error


def _check_header_size(path: Path) -> None:
    """The first 8 bytes say how long the header is. Raises ValueError for more than MAX_HEADER_BYTES."""
    with path.open("rb") as file:
        first = file.read(8)
    (length,) = struct.unpack("<Q", first.ljust(8, b"\0"))
    if length > MAX_HEADER_BYTES:
        raise ValueError(f"its header would take {length:,} bytes, and {MAX_HEADER_BYTES:,} are allowed")


def _read_tensors(path: Path, expected: dict[str, Tensor]) -> dict[str, Tensor]:
    """The tensors, if their names, types and shapes are those of `expected`. The curves are as long as they are."""
    shapes = {name: (str(tensor.dtype), list(tensor.shape)) for name, tensor in expected.items()}
    with safe_open(path, framework="pt") as file:
        names = set(file.keys())
        if names != set(expected):
            odd = min(names ^ set(expected))
            raise ValueError(f"{path.name} does not fit its own settings: the tensor {odd} is missing or unexpected.")
        num_rows = (file.get_slice("history").get_shape() or [0])[0]
        shapes["history"][1][0] = shapes["history_load"][1][0] = min(max(num_rows, 1), History.MAX_ROWS)
        for name, (dtype, shape) in shapes.items():
            view = file.get_slice(name)
            found = DTYPES.get(view.get_dtype(), view.get_dtype()), view.get_shape()
            if found != (dtype, shape):
                raise ValueError(
                    f"{path.name} does not fit its own settings: {name} is {found[0]} {found[1]}, not {dtype} {shape}."
                )
        return {name: file.get_tensor(name) for name in names}


DTYPES = {"F32": "torch.float32", "I64": "torch.int64", "U8": "torch.uint8", "BOOL": "torch.bool"}
"""What safetensors calls the types that a run holds."""
