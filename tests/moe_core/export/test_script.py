"""An exported script stands alone, trains the same run to the last bit, and reads as well as the code it comes from."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from moe_core.config import LIVE_FIELDS
from moe_core.config.command import INTERVENTIONS
from moe_core.divergence import Diverged
from moe_core.export import script_of
from moe_core.trainer import Trainer
from tests.moe_core.cases import train
from tests.moe_core.export.runs import NUM_STEPS, choices, eventful, numbers_of, small

RUNNER = """
import contextlib, importlib.util, io, pathlib, sys
assert importlib.util.find_spec("moe_core") is None
for path in sys.argv[1:]:
    with contextlib.redirect_stdout(io.StringIO()) as printed:
        exec(compile(pathlib.Path(path).read_text(), path, "exec"), {"__name__": "__main__"})
    print(printed.getvalue().splitlines()[-1])
"""
"""Runs scripts one after the other where this package cannot be imported, and prints the last line of each."""


def outputs(folder: Path, trainers: list[Trainer]) -> list[dict[str, Any]]:
    """What the scripts of these runs print last, run in a process that has nothing of this repository."""
    paths = [folder / f"run_{number}.py" for number in range(len(trainers))]
    for path, trainer in zip(paths, trainers, strict=True):
        path.write_text(script_of(trainer), encoding="utf-8")
    command = [sys.executable, "-I", "-W", "error", "-c", RUNNER, *map(str, paths)]
    printed = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert printed.stderr == ""
    return [json.loads(line) for line in printed.stdout.splitlines()]


@pytest.mark.slow
def test_every_choice_trains_the_same_run(tmp_path: Path) -> None:
    trainers = [train(small(settings), NUM_STEPS) for settings in choices()]
    assert outputs(tmp_path, trainers) == [numbers_of(trainer) for trainer in trainers]


@pytest.mark.slow
def test_every_command_is_given_at_its_step(tmp_path: Path) -> None:
    """With each optimizer, with and without noise, and with a balancer that is a sum. Two experts are added."""
    trainers = [
        eventful({}),
        eventful({"router": "noisy_top_k", "balancer": "importance_and_load+z_loss", "optimizer": "sgd"}),
        eventful({"router": "switch", "router_init": "circle", "optimizer": "adamw", "task": "digits"}),
        eventful(
            {"router": "dense", "balancer": "none", "expert": "linear", "task": "piecewise"},
            [("freeze", 0), ("clone", 0)],
        ),
        eventful({"router": "expert_choice"}),
        eventful({"router": "hash"}),
        eventful({"router": "gshard", "balancer": "loss_free", "capacity": "limited", "dropped": "residual"}),
        eventful({"router": "group_limited", "k": 2, "balancer": "sequence_loss", "sequence_length": 1}),
        eventful({"router": "top_p", "balancer": "mutual_information+entropy_loss"}),
        eventful({"router": "relu", "balancer": "adaptive_l1"}),
    ]
    assert {command.name for trainer in trainers for command in trainer.log} == LIVE_FIELDS | set(INTERVENTIONS)
    assert [len(numbers_of(trainer)["load"]) for trainer in trainers] == [6, 6, 6, 5, 6, 4, 6, 4, 6, 6]
    assert outputs(tmp_path, trainers) == [numbers_of(trainer) for trainer in trainers]


@pytest.mark.slow
def test_what_is_exported_is_the_run_as_it_is_now(tmp_path: Path) -> None:
    """After going back, after going on from there another way, after rewinding, at step 0, and at a divergence.

    On the other way a new expert has the time to become an equal of the others.
    """
    back = train(small({}), 30)
    back.do("learning_rate", 0.5)
    back.do("kill", 1)
    train(back, 15)
    back.go_back(20)
    other_way = train(small({}), 10)
    other_way.do("temperature", 2.0)
    train(other_way, 20)
    other_way.do("clone", 1)
    other_way.go_back(20)
    other_way.do("add")
    train(other_way, 220)
    rewound = eventful({})
    rewound.rewind()
    train(rewound, 12)
    diverged = small({"learning_rate": 1e5, "optimizer": "sgd"})
    with pytest.raises(Diverged):
        train(diverged, 200)
    assert diverged.step_count > 0
    trainers = [back, other_way, rewound, small({}), diverged]
    assert outputs(tmp_path, trainers) == [numbers_of(trainer) for trainer in trainers]


@pytest.mark.slow
def test_a_script_is_run_as_a_file_and_is_pleasant_to_read(tmp_path: Path) -> None:
    trainer = train(small({}), NUM_STEPS)
    path = tmp_path / "run.py"
    path.write_text(script_of(trainer), encoding="utf-8")
    printed = subprocess.run([sys.executable, "-I", path], cwd=tmp_path, capture_output=True, text=True, check=True)
    *readable, last = printed.stdout.splitlines()
    assert json.loads(last) == numbers_of(trainer)
    now = trainer.evaluate()
    assert readable[1].split() == ["mixture", f"{now.test_loss:.4f}", f"{now.test_score:.4f}"]
    assert readable[-1] == f"expert 4 has {now.load[3]:.1%} of the load"


def test_scripts_are_clean(tmp_path: Path) -> None:
    """Nothing undefined, nothing imported in vain, imports in order, laid out by the formatter."""
    trainers = [*(train(small(settings), 1) for settings in choices()), eventful({}), eventful({"optimizer": "sgd"})]
    for number, trainer in enumerate(trainers):
        (tmp_path / f"run_{number}.py").write_text(script_of(trainer), encoding="utf-8")
    style = ["--isolated", "--line-length", "120", "--target-version", "py311", str(tmp_path)]
    for command in (["check", "--select", "F,I"], ["format", "--check"]):
        checked = subprocess.run([sys.executable, "-m", "ruff", *command, *style], capture_output=True, text=True)
        assert checked.returncode == 0, checked.stdout


@pytest.mark.parametrize("settings", choices(), ids=str)
def test_a_script_imports_nothing_of_this_package_nor_of_its_configurations(settings: dict[str, object]) -> None:
    script = script_of(train(small(settings), 1))
    imports = [line for line in script.splitlines() if line.lstrip().startswith(("import ", "from "))]
    modules = {line.split()[1].split(".")[0] for line in imports}
    assert {"numpy", "torch"} <= modules
    assert modules <= {"numpy", "torch", "scipy", "sklearn", *sys.stdlib_module_names}


def test_a_script_says_what_run_it_is_and_holds_no_more_than_it_needs() -> None:
    trainer = train(small({"router": "switch"}), 5)
    script = script_of(trainer)
    docstring = script.split('"""')[1]
    for name, value in trainer.start_config.settings().items():
        assert f"{name} {value}" in " ".join(docstring.split())
    assert "class SwitchRouter" in script
    assert "class TopKRouter" not in script
    assert "def intervene" not in script
    assert "Switch routing: one expert a token" in script


def test_equal_runs_give_equal_scripts() -> None:
    assert script_of(eventful({})) == script_of(eventful({}))
