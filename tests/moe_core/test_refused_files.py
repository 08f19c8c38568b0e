"""A file that is no saved run, or none that this program can hold, is refused by its name before it does harm."""

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
from moe_core.trainer import Trainer
from tests.moe_core.cases import small_config, train


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "run.safetensors"


def test_an_empty_folder_holds_no_run(path: Path) -> None:
    with pytest.raises(ValueError, match=r"run\.safetensors cannot be read as a saved run"):
        checkpoint.load(path)


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
    with pytest.raises(ValueError, match=r"run\.safetensors cannot be read as a saved run"):
        checkpoint.load(path)


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
        ({"settings": settings_with(k=5)}, "k = 5 was refused: it is at most the number of experts, which is 4"),
        ({"settings": []}, "settings cannot be read"),
        ({"settings": ...}, "settings cannot be read"),
        ({"log": [{"step": 1, "name": "learning_rate", "value": -1}]}, "learning_rate = -1 was refused"),
        ({"log": [{"step": 1, "name": "num_experts", "value": 8}]}, "num_experts = 8 was refused: it restarts"),
        ({"log": [{"step": 1, "name": "resurrect", "value": 1}]}, "resurrect = 1 was refused: no such setting"),
        ({"log": [{"step": 1, "name": "kill", "value": 4}]}, "kill = expert 5 was refused: it is done to one of"),
        ({"log": [{"step": 1, "name": "kill", "expert": 5}]}, "kill = expert 5 was refused: it is done to one of"),
        ({"log": [{"step": 1, "name": "kill", "expert": 0}]}, "log.0.expert cannot be read"),
        ({"log": [{"step": 1, "name": "kill", "expert": 2, "value": 1}]}, "log.0 cannot be read"),
        ({"log": [{"step": 1, "name": "learning_rate", "expert": 1}]}, "log.0 cannot be read"),
        ({"log": [{"step": 1, "name": "kill"}]}, "kill = None was refused: it is done to one of the experts"),
        ({"log": [{"step": 1, "name": "add", "value": 1}]}, "add = 1 was refused: it is not done to one expert"),
        ({"log": [{"step": 1, "name": "add"}] * 61}, "add = 65 was refused: the number of experts would be too large"),
        ({"log": [{"step": 1, "name": "learning_rate", "value": {"a": 1}}]}, "log.0.value cannot be read"),
        ({"log": [{"step": 3, "name": "add"}, {"step": 2, "name": "add"}]}, "its log goes back in time"),
        ({"log": [{"step": 6, "name": "add"}]}, "its log has a command of step 6, and it has done 5"),
        ({"settings": settings_with(seed=[1])}, "settings.seed cannot be read"),
        ({"settings": settings_with(seed=2**63)}, "settings.seed cannot be read"),
        ({"step": 10**9 + 1}, "step cannot be read"),
        ({"spacing": 10**9 + 1}, "spacing cannot be read"),
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
    with pytest.raises(ValueError, match=r"run\.safetensors is not a whole saved run: its .*\.$"):
        checkpoint.load(path)


@pytest.mark.parametrize("number", ["9" * 5000, "0x" + "f" * 5000], ids=["decimal", "hexadecimal"])
@pytest.mark.parametrize("field", ["step", "spacing", "settings.seed", "settings.noise"])
def test_a_number_of_thousands_of_digits_is_refused_in_a_plain_sentence(path: Path, field: str, number: str) -> None:
    rewrite(path)
    with safe_open(path, framework="pt") as file:
        metadata = file.metadata()
    name = field.rpartition(".")[2]
    text = re.sub(rf"^{name} = .*$", f"{name} = {number}", metadata["run"], flags=re.MULTILINE)
    assert number in text
    save_file(load_file(path), path, metadata | {"run": text})
    told = rf"its ({re.escape(field)} cannot be read|settings are no TOML)"
    with pytest.raises(ValueError, match=rf"^run\.safetensors is not a whole saved run: {told}\.$"):
        checkpoint.load(path)


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
