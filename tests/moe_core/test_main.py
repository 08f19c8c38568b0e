"""The command line: what it prints, what it refuses, and how it says so."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from moe_core.__main__ import main
from moe_core.config import RunConfig, presets
from moe_core.config.command import INTERVENTIONS, Command
from moe_core.config.table import LIVE_FIELDS
from moe_core.narrator import narrate
from moe_core.narrator.story_of import story_of
from moe_core.trainer import Trainer
from tests.moe_core.cases import preset_trainer, train
from tests.moe_core.test_measure import ALWAYS, CLASSES, CLUSTERS
from tests.source_tree import ROOT


def last_json(capsys: pytest.CaptureFixture[str]) -> dict[str, Any]:
    result: dict[str, Any] = json.loads(capsys.readouterr().out.splitlines()[-1])
    return result


def refusal(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """What is said of arguments that are refused: on the error stream, and nothing else anywhere."""
    try:
        status = main(["train", *arguments])
    except SystemExit as stop:
        status = int(str(stop.code))
    output = capsys.readouterr()
    assert status == 2
    assert output.out == ""
    return output.err


def test_the_last_line_is_the_run_in_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--preset", "collapse", "--steps", "12", "--set", "seed=3", "--json"]) == 0
    result = last_json(capsys)
    config = RunConfig.from_settings(presets.load("collapse").config.settings() | {"seed": 3})
    assert result["config"] == config.settings()
    assert result["steps"] == 12
    assert result["diverged"] is None
    assert result["steps_per_second"] > 0
    trainer = Trainer(config)
    assert result["untrained"] == trainer.measure()
    assert result["metrics"] == train(trainer, 12).measure()
    assert set(result["metrics"]) == ALWAYS | CLASSES
    assert set(result) == {"config", "steps", "diverged", "metrics", "untrained", "narrator", "steps_per_second"}


def test_set_changes_settings_and_takes_several(capsys: pytest.CaptureFixture[str]) -> None:
    changes = ["--set", "num_experts=4", "--set", "renormalize=true", "--set", "learning_rate=1e-3"]
    assert main(["train", "--steps", "1", "--json", *changes]) == 0
    config = last_json(capsys)["config"]
    assert (config["num_experts"], config["renormalize"], config["learning_rate"]) == (4, True, 0.001)


def test_no_steps_say_what_the_untrained_model_does(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--steps", "0", "--json"]) == 0
    result = last_json(capsys)
    assert result["steps"] == 0
    assert result["metrics"] == result["untrained"]


def test_without_json_a_table_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    """Each metric in a line, untrained and trained, then what the narrator found, and the rate."""
    assert main(["train", "--steps", "5"]) == 0
    lines = capsys.readouterr().out.splitlines()
    table = lines[1 : lines.index("")]
    assert [line.split()[0] for line in table] == list(preset_trainer("specialists", 7).initial_metrics)
    assert {line.split()[0] for line in table} == ALWAYS | CLASSES | CLUSTERS
    assert all(len(line.split()) == 3 and len(line) == len(lines[0]) for line in table)
    assert lines[-1].endswith(" steps/s")


@pytest.mark.slow
def test_what_the_narrator_found_is_told(capsys: pytest.CaptureFixture[str]) -> None:
    """A router that sends everything to one expert is worth a sentence."""
    arguments = ["train", "--preset", "collapse", "--steps", "400"]
    assert main([*arguments, "--json"]) == 0
    remarks = last_json(capsys)["narrator"]
    trainer = train(Trainer(presets.load("collapse").config), 400)
    assert remarks == [remark.sentence() for remark in narrate(story_of(trainer))]
    assert remarks
    assert main(arguments) == 0
    printed = capsys.readouterr().out.splitlines()
    assert all(remark in printed for remark in remarks)


@pytest.mark.parametrize(
    ("setting", "steps", "sentence"),
    [
        ("stop_after=7", 7, "The run stopped after 7 steps, as it was set to."),
        ("plateau_steps=20", 20, "The run stopped on a plateau: for 20 steps the test loss got no better."),
    ],
)
def test_a_run_that_stops_by_itself_says_so_and_is_no_failure(
    capsys: pytest.CaptureFixture[str], setting: str, steps: int, sentence: str
) -> None:
    assert main(["train", "--steps", "60", "--json", "--set", setting, "--set", "learning_rate=0"]) == 0
    output = capsys.readouterr()
    result = json.loads(output.out.splitlines()[-1])
    assert (result["steps"], result["diverged"]) == (steps, None)
    assert output.err.splitlines()[-1] == sentence


def test_commands_on_the_way_are_given_at_their_steps(capsys: pytest.CaptureFixture[str]) -> None:
    """In the order of their steps, whatever the order of the words. Experts are counted from 1 here."""
    words = ["--at", "6:learning_rate=0.5", "--at", "3:kill=2", "--at", "3:add", "--at", "0:freeze=1"]
    assert main(["train", "--steps", "10", "--json", *words]) == 0
    trainer = Trainer(presets.load("specialists").config)
    trainer.replay(
        [
            Command(0, "freeze", 0),
            Command(3, "kill", 1),
            Command(3, "add", None),
            Command(6, "learning_rate", 0.5),
        ],
        10,
    )
    assert last_json(capsys)["metrics"] == trainer.measure()


def test_divergence_ends_with_status_1_and_valid_json(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["train", "--set", "learning_rate=1e6", "--steps", "50", "--json"]) == 1
    output = capsys.readouterr()
    assert output.err.splitlines()[-1].startswith("Training diverged after step ")

    def refuse(name: str) -> None:
        raise AssertionError(f"{name} is no JSON")

    result = json.loads(output.out.splitlines()[-1], parse_constant=refuse)
    assert result["diverged"] == output.err.splitlines()[-1]
    assert result["steps"] < 50


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--set", "learnin_rate=1"], "learnin_rate = 1 was refused: no such setting; the nearest are learning_rate, "),
        (["--set", "num_experts=1000000"], "num_experts = 1000000 was refused: it is a whole number from 1 to 64."),
        (["--set", "k=9"], "k = 9 was refused: it is at most the number of experts, which is 8."),
        (
            ["--set", "k"],
            "k =  was refused: it is a whole number from 1 to 64, and here it is at most the number of experts, "
            "which is 8.",
        ),
        (["--preset", "colapse"], "preset = colapse was refused: no such preset; did you mean collapse?"),
        (["--steps", "-3"], "Argument --steps: '-3' was refused: it is a whole number from 0 to 999,999,999."),
        (["--steps", "ten"], "Argument --steps: 'ten' was refused: it is a whole number from 0 to 999,999,999."),
        (["--at", "5:kill=9"], "kill = expert 9 was refused: it is done to one of the experts, 1 to 8."),
        (["--at", "5:kill=0"], "at = 5:kill=0 was refused: kill is done to an expert, counted from 1."),
        (["--at", "kill"], "at = kill was refused: it is STEP:NAME=VALUE"),
        (["--at", "5:seed=1"], "seed = 1 was refused: it restarts the run"),
        (["--at", "5:release=3"], "at = 5:release=3 was refused: release is done to no expert, so it takes no value."),
        (["--at", "5:add=3"], "at = 5:add=3 was refused: add is done to no expert, so it takes no value."),
        (["--at", "2:kil=3"], "at = 2:kil=3 was refused: no such command; did you mean kill? the choices are "),
        (
            ["--set", "num_experts=64", "--at", "2:clone=3"],
            "clone = expert 3 was refused: the number of experts would be too large; it is a whole number from 1 to 64",
        ),
        (
            ["--set", "router=dense", "--set", "balancer=none", "--at", "20:force=1"],
            "force = expert 1 was refused: it has no meaning when router is dense: every expert is asked.",
        ),
        (["--target", "species"], "target = species was refused: it is a column of a file, so it needs --csv."),
        (
            ["--csv", "flowers.csv", "--set", "task=moons"],
            "task = moons was refused: --csv chooses it, so it is left out.",
        ),
        (["--csv", "/nonexistent.csv", "--target", "y"], "csv = /nonexistent.csv was refused: it cannot be read (No"),
        (["--set", "device=tpu"], "device = tpu was refused: no such device"),
        (["--export", "run.exe"], "export = run.exe was refused: its name ends in one of .py, .ipynb, .csv"),
        (
            ["--export", "/nonexistent/x.safetensors"],
            "export = /nonexistent/x.safetensors was refused: it is in a folder that exists and can be written to.",
        ),
        (["--colour"], "Unrecognized arguments: --colour."),
    ],
    ids=" ".join,
)
def test_bad_arguments_are_refused_in_one_sentence(
    capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    said = refusal(capsys, *arguments)
    assert said.startswith(sentence)
    assert said.count("\n") == 1


def test_every_bad_setting_has_its_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    said = refusal(capsys, "--set", "seed=-1", "--set", "colour=red", "--set", "d_hidden=4")
    assert [line.split(" = ")[0] for line in said.splitlines()] == ["seed", "colour"]


def test_the_choices_of_a_command_are_what_can_be_done_on_the_way(capsys: pytest.CaptureFixture[str]) -> None:
    choices = refusal(capsys, "--at", "2:kil=3").rstrip(".\n").split("the choices are ")[1].split(", ")
    assert set(choices) == LIVE_FIELDS | set(INTERVENTIONS)
    assert len(choices) == len(set(choices))


def test_no_more_of_a_file_is_read_than_a_table_may_have(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """A file without an end is refused too. One byte less, and it is looked at."""
    said = "it has at most 5,000,000 bytes (5 MB).\n"
    assert refusal(capsys, "--csv", "/dev/zero", "--target", "y") == f"csv = /dev/zero was refused: {said}"
    large = tmp_path / "large.csv"
    for num_bytes, too_large in ((5_000_000, False), (5_000_001, True)):
        large.write_bytes(b"x,y\n".ljust(num_bytes, b"1"))
        assert refusal(capsys, "--csv", str(large), "--target", "z").endswith(said) == too_large


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, *arguments]
    return subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)


def test_a_refusal_is_no_traceback_and_does_not_wait_for_torch() -> None:
    """As a person types it. What is refused is refused before torch is loaded."""
    script = (
        "import sys; from moe_core.__main__ import main\n"
        "assert main(['train', '--set', 'seed=x']) == 2 and 'torch' not in sys.modules\n"
    )
    assert run("-c", script).returncode == 0
    done = run("-m", "moe_core", "train", "--set", "seed=x")
    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr == "seed = x was refused: it is a whole number from 0 to 2,147,483,647.\n"


@pytest.mark.slow
def test_the_command_trains() -> None:
    done = run("-m", "moe_core", "train", "--preset", "specialists", "--steps", "20", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout.splitlines()[-1])["steps"] == 20
