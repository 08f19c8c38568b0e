"""A saved run goes on bitwise as if it had never stopped, and a file that is no saved run is refused by name."""

import json
import re
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from moe_core import checkpoint
from moe_core.config import RunConfig
from moe_core.trainer import Diverged, Trainer
from tests.moe_core.cases import every_choice, fingerprint, small_config, train


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.safetensors"


@pytest.mark.parametrize("settings", [*every_choice(), {"router_bias": False}], ids=str)
@pytest.mark.parametrize("num_steps", [0, 1, 25])
def test_going_on_from_a_file_is_never_having_stopped(path: Path, settings: dict[str, object], num_steps: int) -> None:
    trainer = train(Trainer(small_config(**settings)), num_steps)
    checkpoint.save(trainer, path)
    loaded = checkpoint.load(path)
    assert fingerprint(loaded) == fingerprint(trainer)
    assert fingerprint(train(loaded, 25)) == fingerprint(train(trainer, 25))


def test_the_log_is_saved_and_can_be_replayed(path: Path) -> None:
    """Numbers that no decimal writes exactly come back exactly."""
    trainer = train(Trainer(small_config()), 5)
    trainer.set("learning_rate", 0.1 / 3)
    train(trainer, 10)
    trainer.set("balance_coefficient", 1e-17 + 1 / 7)
    checkpoint.save(trainer, path)
    loaded = checkpoint.load(path)
    assert loaded.log == trainer.log
    assert (loaded.start_config, loaded.config) == (trainer.start_config, trainer.config)
    loaded.set("learning_rate", 0.5)
    trainer.set("learning_rate", 0.5)
    assert fingerprint(train(loaded, 5)) == fingerprint(train(trainer, 5))
    replayed = Trainer(loaded.start_config)
    replayed.replay(loaded.log, loaded.step_count)
    assert fingerprint(replayed) == fingerprint(loaded)


def test_a_loaded_run_rewinds_to_its_own_start(path: Path) -> None:
    trainer = train(Trainer(small_config()), 12)
    checkpoint.save(trainer, path)
    loaded = checkpoint.load(path)
    assert loaded.initial_load.tolist() == trainer.initial_load.tolist()
    loaded.rewind()
    assert fingerprint(loaded) == fingerprint(Trainer(small_config()))


def test_a_run_that_diverged_stays_diverged(path: Path) -> None:
    trainer = Trainer(small_config(learning_rate=1e6))
    with pytest.raises(Diverged) as diverged:
        train(trainer, 100)
    checkpoint.save(trainer, path)
    with pytest.raises(Diverged, match=re.escape(str(diverged.value))):
        checkpoint.load(path).step()


def test_training_on_does_not_change_the_file(path: Path) -> None:
    checkpoint.save(train(Trainer(small_config()), 5), path)
    content = path.read_bytes()
    train(checkpoint.load(path), 5)
    assert path.read_bytes() == content


def test_a_file_holds_no_pickle(path: Path) -> None:
    """Every byte of it is JSON or numbers, at the place that the JSON says."""
    checkpoint.save(train(Trainer(small_config()), 5), path)
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    assert len(content) == 8 + length + max(ends)


def test_settings_are_read_without_building_the_run(path: Path) -> None:
    trainer = Trainer(small_config(seed=5))
    trainer.set("learning_rate", 0.5)
    checkpoint.save(trainer, path)
    assert checkpoint.settings_of(path) == small_config(seed=5).settings()


def test_an_interrupted_save_leaves_the_old_file(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    trainer = train(Trainer(small_config()), 5)
    checkpoint.save(trainer, path)
    old = fingerprint(trainer)

    def half(tensors: dict[str, Tensor], file: Path, metadata: dict[str, str]) -> None:
        save_file(tensors, file, metadata)
        file.write_bytes(file.read_bytes()[: file.stat().st_size // 2])
        raise OSError("No space left on device")

    monkeypatch.setattr(checkpoint, "save_file", half)
    with pytest.raises(OSError, match="No space left"):
        checkpoint.save(train(trainer, 5), path)
    assert fingerprint(checkpoint.load(path)) == old


def test_an_empty_folder_holds_no_run(path: Path) -> None:
    for read in (checkpoint.load, checkpoint.settings_of):
        with pytest.raises(ValueError, match=r"run\.safetensors cannot be read as a saved run"):
            read(path)


Cut = Callable[[bytes], bytes]

BROKEN_FILES: dict[str, Cut] = {
    "empty": lambda content: b"",
    "cut in the header": lambda content: content[:100],
    "cut in the tensors": lambda content: content[:-1],
    "header longer than the file": lambda content: struct.pack("<Q", 90_000_000) + content[8:],
    "header longer than anything": lambda content: struct.pack("<Q", 2**63) + content[8:],
    "header that is no JSON": lambda content: struct.pack("<Q", 2) + b"{[" + content[10:],
    "a picture": lambda content: b"\x89PNG\r\n\x1a\n" + bytes(1000),
}


@pytest.mark.parametrize("broken", BROKEN_FILES)
def test_a_broken_file_is_refused_by_name(path: Path, broken: str) -> None:
    checkpoint.save(Trainer(small_config()), path)
    path.write_bytes(BROKEN_FILES[broken](path.read_bytes()))
    for read in (checkpoint.load, checkpoint.settings_of):
        with pytest.raises(ValueError, match=r"run\.safetensors cannot be read as a saved run"):
            read(path)


def test_a_foreign_safetensors_file_is_refused_by_name(path: Path) -> None:
    save_file({"weight": torch.zeros(3)}, path)
    with pytest.raises(ValueError, match=r"run\.safetensors is not a saved run of this program"):
        checkpoint.load(path)


def rewrite(path: Path, run: dict[str, Any] | None = None, tensors: dict[str, Tensor | None] | None = None) -> None:
    """Save a run of five steps, with some of what it says and some of its tensors replaced; None leaves one out."""
    checkpoint.save(train(Trainer(small_config()), 5), path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    said = json.loads(metadata["run"]) | (run or {})
    metadata["run"] = json.dumps({name: value for name, value in said.items() if value is not ...})
    changed = load_file(path) | (tensors or {})
    save_file({name: tensor for name, tensor in changed.items() if tensor is not None}, path, metadata)


def settings_with(**changes: object) -> dict[str, object]:
    return small_config().settings() | changes


@pytest.mark.parametrize(
    ("run", "sentence"),
    [
        ({"settings": settings_with(num_experts=10**6)}, "num_experts = 1000000 was refused"),
        ({"settings": settings_with(colour="red")}, "colour = red was refused"),
        ({"settings": settings_with(k=5)}, "k = 5 was refused: it is at most num_experts, which is 4"),
        ({"settings": []}, "settings cannot be read"),
        ({"settings": ...}, "settings cannot be read"),
        ({"log": [{"step": 1, "field": "learning_rate", "value": -1}]}, "learning_rate = -1 was refused"),
        ({"log": [{"step": 1, "field": "num_experts", "value": 8}]}, "num_experts = 8 was refused: it restarts"),
        ({"log": [[1, "learning_rate", 0.1]]}, "log.0 cannot be read"),
        ({"log": ...}, "log cannot be read"),
        ({"step": -1}, "step cannot be read"),
        ({"step": "five"}, "step cannot be read"),
        ({"spacing": 0}, "spacing cannot be read"),
        ({"surprise": 1}, "surprise cannot be read"),
    ],
    ids=str,
)
def test_a_file_that_says_what_is_not_allowed_is_refused_by_name(
    path: Path, run: dict[str, Any], sentence: str
) -> None:
    rewrite(path, run=run)
    with pytest.raises(ValueError, match=sentence) as refused:
        checkpoint.load(path)
    assert str(refused.value).startswith("run.safetensors ")
    assert str(refused.value).endswith(".")


def test_metadata_nested_without_end_is_refused_by_name(path: Path) -> None:
    rewrite(path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    save_file(load_file(path), path, metadata | {"run": "[" * 200_000})
    with pytest.raises(ValueError, match=r"run\.safetensors is not a whole saved run"):
        checkpoint.load(path)


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("plain.b_in", torch.zeros(3)),
        ("plain.b_in", torch.zeros(())),
        ("plain.b_out", torch.zeros(2, dtype=torch.float64)),
        ("model.layer.router.weight", torch.zeros(10_000, 2)),
        ("adam.exp_avg.plain.b_out", torch.zeros(2, dtype=torch.float16)),
        ("adam.step.plain.b_out", torch.zeros(2)),
        ("history", torch.zeros(1, 8)),
        ("history", torch.zeros(9)),
        ("history", torch.zeros(2000, 9)),
        ("batches", torch.zeros(5056, dtype=torch.uint8)),
        ("batches", torch.zeros(7, dtype=torch.uint8)),
        ("plain.b_in", None),
        ("unexpected", torch.zeros(1)),
    ],
)
def test_tensors_that_do_not_fit_the_settings_are_refused_by_name(path: Path, name: str, tensor: Tensor | None) -> None:
    rewrite(path, tensors={name: tensor})
    with pytest.raises(ValueError, match=rf"run\.safetensors does not fit its own settings: .*{re.escape(name)} is "):
        checkpoint.load(path)


def test_a_refused_file_allocates_no_model(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rewrite(path, run={"settings": settings_with(task="digits", num_experts=64, d_hidden=512, batch_size=2048)})

    def never(config: RunConfig) -> Trainer:
        raise AssertionError("a model was built")

    monkeypatch.setattr(checkpoint, "Trainer", never)
    with pytest.raises(ValueError, match="the model would be too large"):
        checkpoint.load(path)
