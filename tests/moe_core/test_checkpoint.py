"""A saved run goes on bitwise as if it had never stopped, and a file that is no saved run is refused by name."""

import json
import re
import struct
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import tomli_w
import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch import Tensor

from moe_core import checkpoint
from moe_core.config import RunConfig
from moe_core.trainer import Diverged, Trainer
from tests.moe_core.cases import every_choice, fingerprint, small_config, train
from tests.moe_core.test_determinism import meddled

every_kind = pytest.mark.parametrize("settings", every_choice(), ids=str)


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


@every_kind
def test_a_run_with_interventions_goes_on_from_a_file(path: Path, settings: dict[str, object]) -> None:
    """Experts were added, killed, frozen and forced; the file holds what the optimizer remembers of each."""
    trainer = meddled(settings)
    checkpoint.save(trainer, path)
    loaded = checkpoint.load(path)
    assert (loaded.num_experts, loaded.log, loaded.config) == (6, trainer.log, trainer.config)
    assert fingerprint(loaded) == fingerprint(trainer)
    for run in (trainer, loaded):
        run.do("unfreeze", 2)
        run.do("add")
        train(run, 10)
    assert fingerprint(loaded) == fingerprint(trainer)


def test_an_expert_added_since_the_last_row_of_the_curves_is_saved(path: Path) -> None:
    trainer = train(Trainer(small_config()), 15)
    trainer.do("add")
    checkpoint.save(trainer, path)
    loaded = checkpoint.load(path)
    assert loaded.num_experts == 5
    assert fingerprint(train(loaded, 10)) == fingerprint(train(trainer, 10))


def test_a_run_that_went_back_is_saved_as_it_is_there(path: Path) -> None:
    """Without the experts, the curves and the commands of later."""
    trainer = train(Trainer(small_config()), 20)
    there = fingerprint(trainer)
    trainer.do("add")
    train(trainer, 40)
    trainer.go_back(20)
    checkpoint.save(trainer, path)
    assert fingerprint(checkpoint.load(path)) == there
    assert trainer.kept.steps == (0, 20, 40, 60)


def test_a_loaded_run_can_go_back_to_its_start_and_to_where_it_was_saved(path: Path) -> None:
    checkpoint.save(meddled({}), path)
    loaded = checkpoint.load(path)
    end = fingerprint(loaded)
    assert loaded.kept.steps == (0, 25)
    loaded.go_back(0)
    assert (loaded.num_experts, loaded.log) == (4, [])
    loaded.go_back(25)
    assert fingerprint(loaded) == end
    loaded.go_back(0)
    assert fingerprint(train(loaded, 15)) == fingerprint(train(Trainer(small_config()), 15))


def test_the_log_is_saved_and_can_be_replayed(path: Path) -> None:
    """Numbers that no decimal writes exactly come back exactly."""
    trainer = train(Trainer(small_config()), 5)
    trainer.do("learning_rate", 0.1 / 3)
    train(trainer, 10)
    trainer.do("balance_coefficient", 1e-17 + 1 / 7)
    checkpoint.save(trainer, path)
    loaded = checkpoint.load(path)
    assert loaded.log == trainer.log
    assert (loaded.start_config, loaded.config) == (trainer.start_config, trainer.config)
    loaded.do("learning_rate", 0.5)
    trainer.do("learning_rate", 0.5)
    assert fingerprint(train(loaded, 5)) == fingerprint(train(trainer, 5))
    replayed = Trainer(loaded.start_config)
    replayed.replay(loaded.log, loaded.step_count)
    assert fingerprint(replayed) == fingerprint(loaded)


def test_a_loaded_run_rewinds_to_its_own_start(path: Path) -> None:
    trainer = train(Trainer(small_config()), 12)
    checkpoint.save(trainer, path)
    loaded = checkpoint.load(path)
    assert loaded.untrained.load.tolist() == trainer.untrained.load.tolist()
    assert loaded.initial_metrics == trainer.initial_metrics
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


def test_the_settings_of_a_file_can_be_read_by_a_person(path: Path) -> None:
    """They are TOML. A command that is done to no expert has no value there."""
    trainer = train(Trainer(small_config(learning_rate=0.05)), 5)
    trainer.do("kill", 1)
    trainer.do("add")
    checkpoint.save(trainer, path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    assert metadata["format"] == "moe-lab-run-2"
    said = tomllib.loads(metadata["run"])
    assert (said["step"], said["spacing"], said["divergence"]) == (5, 10, "")
    assert said["settings"] == small_config(learning_rate=0.05).settings()
    assert said["log"] == [{"step": 5, "name": "kill", "value": 1}, {"step": 5, "name": "add"}]


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
    trainer.do("learning_rate", 0.5)
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
    said = tomllib.loads(metadata["run"]) | (run or {})
    metadata["run"] = tomli_w.dumps({name: value for name, value in said.items() if value is not ...})
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
        ({"log": [{"step": 1, "name": "learning_rate", "value": -1}]}, "learning_rate = -1 was refused"),
        ({"log": [{"step": 1, "name": "num_experts", "value": 8}]}, "num_experts = 8 was refused: it restarts"),
        ({"log": [{"step": 1, "name": "resurrect", "value": 1}]}, "resurrect = 1 was refused: no such setting"),
        ({"log": [{"step": 1, "name": "kill", "value": 4}]}, "kill = expert 5 was refused: it is done to one of"),
        ({"log": [{"step": 1, "name": "kill"}]}, "kill = None was refused: it is done to one of the experts"),
        ({"log": [{"step": 1, "name": "add", "value": 1}]}, "add = 1 was refused: it is not done to one expert"),
        ({"log": [{"step": 1, "name": "add"}] * 61}, "add = 65 was refused: the number of experts would be too large"),
        ({"log": [{"step": 1, "name": "learning_rate", "value": {"a": 1}}]}, "was refused: it is a number"),
        ({"log": [{"step": 1, "field": "learning_rate", "value": 0.1}]}, "log.0.name cannot be read"),
        ({"log": [{"step": -1, "name": "learning_rate", "value": 0.1}]}, "log.0.step cannot be read"),
        ({"log": [[1, "learning_rate", 0.1]]}, "log.0 cannot be read"),
        ({"log": ...}, "log cannot be read"),
        ({"step": -1}, "step cannot be read"),
        ({"step": "five"}, "step cannot be read"),
        ({"step": 1.5}, "step cannot be read"),
        ({"divergence": 3}, "divergence cannot be read"),
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


@pytest.mark.parametrize(
    "text",
    ["", "step = ", "{}", '{"step": 5}', "step = 5\nstep = 5", "[" * 200_000, "run = " + "[" * 200_000, "\0"],
    ids=["empty", "half", "braces", "JSON", "twice", "nested", "nested value", "null"],
)
def test_metadata_that_is_no_whole_toml_is_refused_by_name(path: Path, text: str) -> None:
    rewrite(path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    save_file(load_file(path), path, metadata | {"run": text})
    for read in (checkpoint.load, checkpoint.settings_of):
        with pytest.raises(ValueError, match=r"run\.safetensors is not a whole saved run: its .*\.$"):
            read(path)


def test_a_file_of_an_older_format_is_refused_by_name(path: Path) -> None:
    rewrite(path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    save_file(load_file(path), path, metadata | {"format": "moe-lab-run-1"})
    with pytest.raises(ValueError, match=r"run\.safetensors is not a saved run of this program: its format is not"):
        checkpoint.load(path)


def test_a_header_over_its_bound_is_refused_before_it_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Even a whole one, which safetensors itself would take. A run's own is far below."""
    rewrite(path, run={"log": [{"step": 1, "name": "learning_rate", "value": 0.1}] * 40_000})
    assert int.from_bytes(path.read_bytes()[:8], "little") > checkpoint.MAX_HEADER_BYTES
    monkeypatch.setattr(checkpoint, "safe_open", lambda *_, **__: pytest.fail("the header was read"))
    with pytest.raises(ValueError, match=r"its header would take .* bytes, and 1,048,576 are allowed\."):
        checkpoint.load(path)


@pytest.mark.slow
def test_a_long_log_is_within_the_headers_bound(path: Path) -> None:
    trainer = Trainer(small_config())
    for _ in range(5000):
        trainer.do("learning_rate", 0.012345678901234567)
    checkpoint.save(trainer, path)
    assert len(checkpoint.load(path).log) == 5000


@pytest.mark.parametrize(
    ("name", "tensor"),
    [
        ("plain.b_in", torch.zeros(3)),
        ("plain.b_in", torch.zeros(())),
        ("plain.b_out", torch.zeros(2, dtype=torch.float64)),
        ("model.router.weight", torch.zeros(10_000, 2)),
        ("optimizer.exp_avg.plain.b_out", torch.zeros(2, dtype=torch.float16)),
        ("optimizer.step.plain.b_out", torch.zeros(2)),
        ("model.experts.frozen", torch.zeros(4)),
        ("model.router.forced", torch.zeros(5, dtype=torch.bool)),
        ("history", torch.zeros(1, 13)),
        ("history", torch.zeros(14)),
        ("history", torch.zeros(())),
        ("history", torch.zeros(0, 14)),
        ("history", torch.zeros(2000, 14)),
        ("history_load", torch.zeros(1, 5)),
        ("history_load", torch.zeros(2, 4)),
        ("generator.batches", torch.zeros(7, dtype=torch.uint8)),
        ("plain.b_in", None),
        ("unexpected", torch.zeros(1)),
    ],
)
def test_tensors_that_do_not_fit_the_settings_are_refused_by_name(path: Path, name: str, tensor: Tensor | None) -> None:
    rewrite(path, tensors={name: tensor})
    with pytest.raises(ValueError, match=rf"run\.safetensors does not fit its own settings: .*{re.escape(name)} is "):
        checkpoint.load(path)


@pytest.mark.parametrize("name", ["batches", "noise"])
def test_a_generators_state_that_is_none_is_refused_by_name(path: Path, name: str) -> None:
    checkpoint.save(Trainer(small_config(router="noisy_top_k")), path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    tensors = load_file(path)
    save_file(tensors | {f"generator.{name}": torch.zeros_like(tensors[f"generator.{name}"])}, path, metadata)
    with pytest.raises(ValueError, match=r"run\.safetensors does not fit .* a generator's state is none\."):
        checkpoint.load(path)


def declare(path: Path, name: str, dtype: str, shape: list[int]) -> None:
    """Let the header declare a tensor of a shape, and let the file be as long as it says, though it is all holes."""
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    end = max(entry["data_offsets"][1] for part, entry in header.items() if part != "__metadata__")
    size = torch.Size(shape).numel() * 4
    header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [end, end + size]}
    old = [part for part in header if part not in ("__metadata__", name)]
    kept = sorted(old, key=lambda part: int(header[part]["data_offsets"][0]))
    data, start = b"", 0
    for part in kept:
        begin, stop = header[part]["data_offsets"]
        data += content[8 + length + begin : 8 + length + stop]
        header[part]["data_offsets"] = [start, start + stop - begin]
        start += stop - begin
    header[name]["data_offsets"] = [start, start + size]
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)
    with path.open("r+b") as file:
        file.truncate(8 + len(text) + start + size)


def test_a_huge_tensor_is_refused_before_it_is_read(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One of 4 GiB, in a file that takes no room on the disk. No tensor is read before all shapes are checked."""
    rewrite(path)
    declare(path, "model.router.weight", "F32", [2**29, 2])

    class NeverReading:
        """A file whose tensors cannot be had."""

        def __init__(self, *arguments: Any, **options: Any) -> None:
            self.file: Any = safe_open(*arguments, **options)

        def __enter__(self) -> "NeverReading":
            self.file.__enter__()
            return self

        def __exit__(self, *error: object) -> None:
            self.file.__exit__(*error)

        def __getattr__(self, name: str) -> Any:
            assert name != "get_tensor", "a tensor was read"
            return getattr(self.file, name)

    monkeypatch.setattr(checkpoint, "safe_open", NeverReading)
    with pytest.raises(ValueError, match=r"model.router.weight is torch.float32 \[536870912, 2\], not .* \[4, 2\]"):
        checkpoint.load(path)


def test_a_refused_file_allocates_no_model(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    rewrite(path, run={"settings": settings_with(task="digits", num_experts=64, d_hidden=512, batch_size=2048)})

    def never(config: RunConfig) -> Trainer:
        raise AssertionError("a model was built")

    monkeypatch.setattr(checkpoint, "Trainer", never)
    with pytest.raises(ValueError, match="the model would be too large"):
        checkpoint.load(path)
