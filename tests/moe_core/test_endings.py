"""However a run of the command line ends, it says why, reports what it has and writes it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from moe_core import checkpoint, command_line
from moe_core.__main__ import main
from moe_core.trainer import Trainer
from moe_core.training_step import StepRecord
from tests.moe_core.cases import fingerprint, preset_trainer, train
from tests.source_tree import ROOT

Capture = pytest.CaptureFixture[str]
Ended = Callable[..., tuple[int, int, list[str]]]


@pytest.fixture
def ended(capsys: Capture) -> Ended:
    """Runs the command line. Returns the exit status, the steps that were done, and the lines of the error stream."""

    def run(*arguments: str) -> tuple[int, int, list[str]]:
        status = main(["train", "--json", *arguments])
        output = capsys.readouterr()
        return status, json.loads(output.out)["steps"], output.err.splitlines()

    return run


def interrupt(monkeypatch: pytest.MonkeyPatch, after_step: int, times: int = 1) -> None:
    """Press Ctrl-C in the midst of the step after `after_step`."""
    step = Trainer.step

    def interrupted(trainer: Trainer) -> StepRecord:
        for _ in range(times if trainer.step_count == after_step else 0):
            signal.raise_signal(signal.SIGINT)
        return step(trainer)

    monkeypatch.setattr(Trainer, "step", interrupted)


def test_an_interrupted_run_ends_after_a_whole_step_and_is_written(
    ended: Ended, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = signal.getsignal(signal.SIGINT)
    path = tmp_path / "run.safetensors"
    interrupt(monkeypatch, after_step=5)
    status, steps, said = ended("--steps", "20", "--at", "9:kill=1", "--export", str(path))
    assert (status, steps) == (130, 6)
    assert said == ["The run was interrupted.", "Commands that were not done: 9:kill."]
    assert signal.getsignal(signal.SIGINT) == before
    monkeypatch.undo()
    assert fingerprint(checkpoint.load(path)) == fingerprint(train(preset_trainer("specialists", 7), 6))


def test_a_second_interruption_ends_the_run_at_once(
    capsys: Capture, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = signal.getsignal(signal.SIGINT)
    interrupt(monkeypatch, after_step=5, times=2)
    assert main(["train", "--steps", "20", "--export", str(tmp_path / "run.py")]) == 130
    assert capsys.readouterr() == ("", "The run was interrupted.\n")
    assert list(tmp_path.iterdir()) == []
    assert signal.getsignal(signal.SIGINT) == before


def test_an_interruption_that_is_ignored_stays_so(ended: Ended, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a shell has it for what runs in the background."""
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        interrupt(monkeypatch, after_step=5)
        assert ended("--steps", "8") == (0, 8, [])
    finally:
        signal.signal(signal.SIGINT, before)


def test_an_interruption_before_training_is_no_traceback(capsys: Capture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command_line, "read", lambda _: signal.raise_signal(signal.SIGINT))
    assert main([]) == 130
    assert capsys.readouterr() == ("", "The run was interrupted.\n")


def test_a_command_that_cannot_be_done_ends_the_run_but_not_its_report(ended: Ended, tmp_path: Path) -> None:
    """Whether an expert is the last one alive is known only when its step has come."""
    path = tmp_path / "curves.csv"
    kills = [word for step, expert in ((2, 1), (4, 2), (30, 1)) for word in ("--at", f"{step}:kill={expert}")]
    smaller = ["--set", "num_experts=2", "--set", "k=1", "--steps", "40", "--export", str(path)]
    status, steps, said = ended(*smaller, *kills)
    assert (status, steps) == (2, 4)
    assert said == [
        "kill = expert 2 was refused: it is the last one alive, and somebody has to answer.",
        "Commands that were not done: 4:kill, 30:kill.",
    ]
    assert path.read_text(encoding="utf-8").startswith("step,")


def test_commands_after_the_run_has_stopped_are_said_not_to_be_done(ended: Ended) -> None:
    commands = ("--at", "3:kill=1", "--at", "7:add", "--at", "9:batch_size=8")
    status, steps, said = ended("--steps", "60", "--set", "stop_after=7", *commands)
    assert (status, steps) == (0, 7)
    assert said == [
        "The run stopped after 7 steps, as it was set to.",
        "Commands that were not done: 7:add, 9:batch_size.",
    ]


@pytest.mark.parametrize("suffix", command_line.EXPORTS)
def test_a_file_that_cannot_be_written_is_said_after_all_others_were(ended: Ended, tmp_path: Path, suffix: str) -> None:
    """A folder of the same name is in the way. The run and its other files are not lost by it."""
    blocked, other = tmp_path / f"run{suffix}", tmp_path / "other.csv"
    blocked.mkdir()
    status, steps, said = ended("--steps", "2", "--export", str(blocked), "--export", str(other))
    assert (status, steps) == (2, 2)
    assert said == [f"export = {blocked} was refused: it cannot be written (Is a directory)."]
    assert other.exists()


def test_a_folder_that_is_gone_after_training_is_said_in_plain_words(
    ended: Ended, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Safetensors has its own error for it."""
    path = tmp_path / "gone" / "run.safetensors"
    monkeypatch.setattr(command_line, "_export", lambda path: path)
    status, _, said = ended("--steps", "1", "--export", str(path))
    assert status == 2
    assert said == [f"export = {path} was refused: it cannot be written (No such file or directory)."]


@pytest.mark.slow
def test_an_output_that_nobody_reads_is_no_traceback(tmp_path: Path) -> None:
    """As after `| head -1`. What was to be written is written."""
    path = tmp_path / "run.py"
    nobody_reads, output = os.pipe()
    os.close(nobody_reads)
    command = [sys.executable, "-m", "moe_core", "train", "--steps", "1", "--export", str(path)]
    done = subprocess.run(command, cwd=ROOT, stdout=output, stderr=subprocess.PIPE, text=True, check=False)
    os.close(output)
    assert (done.returncode, done.stderr) == (1, "")
    assert path.exists()
