"""A saved run goes on bitwise as if it had never stopped, and a file that is no saved run is refused by name."""

import json
import re
import struct
import tomllib
from pathlib import Path

import pytest
from safetensors import safe_open
from safetensors.torch import save_file
from torch import Tensor

from moe_core import checkpoint
from moe_core.config.command import Command
from moe_core.divergence import Diverged
from moe_core.saved_run import saved_run
from moe_core.trainer import Trainer
from tests.moe_core.cases import every_choice, fingerprint, meaningful, small_config, train
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
    assert fingerprint(train(loaded, 10)) == fingerprint(train(trainer, 10))


@every_kind
def test_a_run_with_interventions_goes_on_from_a_file(path: Path, settings: dict[str, object]) -> None:
    """Experts were added, killed, frozen and forced; the file holds what the optimizer remembers of each."""
    trainer = meddled(settings)
    checkpoint.save(trainer, path)
    loaded = checkpoint.load(path)
    assert (loaded.num_experts, loaded.log, loaded.config) == (trainer.num_experts, trainer.log, trainer.config)
    assert fingerprint(loaded) == fingerprint(trainer)
    for run in (trainer, loaded):
        run.do("unfreeze", 2)
        run.replay(meaningful(run.config, [Command(run.step_count, "add", None)]), run.step_count + 10)
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
    """They are TOML. Experts are counted from 1; a command that is done to no expert names none."""
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
    assert said["log"] == [{"step": 5, "name": "kill", "expert": 2}, {"step": 5, "name": "add"}]


def test_a_log_that_counts_experts_from_0_as_it_was_once_written_is_read(path: Path) -> None:
    trainer = train(Trainer(small_config()), 5)
    trainer.do("kill", 1)
    text = checkpoint.settings_toml(trainer)
    assert text.count("expert = 2") == 1
    assert saved_run(text.replace("expert = 2", "value = 1")).commands == saved_run(text).commands == tuple(trainer.log)


def test_a_file_holds_no_pickle(path: Path) -> None:
    """Every byte of it is JSON or numbers, at the place that the JSON says."""
    checkpoint.save(train(Trainer(small_config()), 5), path)
    content = path.read_bytes()
    (length,) = struct.unpack("<Q", content[:8])
    header = json.loads(content[8 : 8 + length])
    ends = [entry["data_offsets"][1] for name, entry in header.items() if name != "__metadata__"]
    assert len(content) == 8 + length + max(ends)


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
    assert list(path.parent.iterdir()) == [path]


def test_saving_leaves_every_other_file_alone(path: Path) -> None:
    other = path.with_suffix(".partial")
    other.write_text("mine")
    checkpoint.save(Trainer(small_config()), path)
    assert other.read_text() == "mine"
    assert sorted(path.parent.iterdir()) == sorted([other, path])
