"""Where a worker begins, and when it stops by itself."""

import socket
import time
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import torch
from safetensors import SafetensorError

from moe_core import checkpoint, tables
from moe_core.config import RunConfig, presets
from moe_core.trainer import Trainer
from server import first_state as beginning
from server import limits, worker
from server.channel import Channel
from server.control import Start
from server.first_state import first_state
from server.frames import unpack
from server.keeping import Keeping
from server.message import Problem
from server.place import Place
from server.protocol import Command, Present
from server.question import Ask, Export
from server.worker import Worker

CONFIG = presets.load("specialists").config


def saved(path: Path, steps: int) -> None:
    trainer = Trainer(CONFIG)
    for _ in range(steps):
        trainer.step()
    checkpoint.save(trainer, path)


@pytest.fixture
def start(run: str) -> Start:
    return Start(run=run, settings=CONFIG.settings(), pretrained="specialists")


@pytest.fixture
def pretrained(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder of pretrained states, with one of five steps."""
    monkeypatch.setattr(beginning, "PRETRAINED", tmp_path)
    saved(tmp_path / "specialists.safetensors", steps=5)
    return tmp_path


@pytest.mark.parametrize("path", sorted(beginning.PRETRAINED.glob("*.safetensors")), ids=lambda path: path.stem)
def test_every_saved_run_and_its_picture_are_of_its_preset_as_it_stands(path: Path) -> None:
    trainer = checkpoint.load(path)
    assert trainer.config.differences(presets.load(path.stem).config) == ()
    header, _ = unpack(path.with_suffix(".frame").read_bytes())
    assert header["settings"] == trainer.config.settings()
    assert header["step"] == trainer.step_count
    assert header["metrics"]["test_score"] == pytest.approx(trainer.measure()["test_score"], abs=0.005)


def test_a_pretrained_state_of_the_same_settings_is_where_a_run_begins(start: Start, pretrained: Path) -> None:
    (trainer,), message = first_state(start, Place(pretrained))
    assert (trainer.step_count, message) == (5, None)


def test_a_pretrained_state_of_other_settings_is_not(start: Start, pretrained: Path) -> None:
    other = start.model_copy(update={"settings": start.settings | {"seed": 1}})
    (trainer,), _ = first_state(other, Place(pretrained))
    assert (trainer.step_count, trainer.config.training.seed) == (0, 1)


def test_a_kept_state_comes_first(start: Start, pretrained: Path) -> None:
    place = Place(pretrained)
    saved(place.kept(start.run), steps=2)
    (trainer,), message = first_state(start, place)
    assert (trainer.step_count, message) == (2, None)


def test_a_group_is_kept_in_a_file_for_each_member(start: Start, place: Place) -> None:
    place.prepare()
    both = start.model_copy(update={"others": [{"learning_rate": 0.5}]})
    saved(place.kept(start.run), steps=2)
    saved(place.kept(start.run, member=1), steps=2)
    members, message = first_state(both, place)
    assert ([member.step_count for member in members], message) == ([2, 2], None)


def test_a_group_whose_members_were_kept_at_different_steps_starts_over_and_says_so(start: Start, place: Place) -> None:
    both = start.model_copy(update={"others": [{"learning_rate": 0.5}]})
    saved(place.kept(start.run), steps=2)
    saved(place.kept(start.run, member=1), steps=3)
    members, message = first_state(both, place)
    assert [member.step_count for member in members] == [0, 0]
    assert [member.config.training.learning_rate for member in members] == [0.02, 0.5]
    assert message == "The run is back at step 0. Its members were kept at different steps, and they train in lockstep."


def test_a_group_does_not_begin_from_a_saved_run_of_one(start: Start, pretrained: Path) -> None:
    both = start.model_copy(update={"others": [{}]})
    assert [member.step_count for member in first_state(both, Place(pretrained))[0]] == [0, 0]


def test_without_any_it_begins_at_step_0(start: Start, pretrained: Path) -> None:
    plain = start.model_copy(update={"pretrained": None})
    assert first_state(plain, Place(pretrained))[0][0].step_count == 0


def without_a_gpu(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)


REFUSED = "device = cuda was refused: this machine does not have it; it has cpu."


def test_a_run_asked_for_on_a_missing_gpu_begins_elsewhere_and_says_so(
    start: Start, pretrained: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_a_gpu(monkeypatch)
    on_gpu = start.model_copy(update={"settings": start.settings | {"device": "cuda", "num_experts": 5}})
    place = Place(pretrained)
    (trainer,), message = first_state(on_gpu, place)
    assert (trainer.device.type, trainer.num_experts) == ("cpu", 5)
    assert message == f"{REFUSED} The run trains on cpu."
    place.kept(start.run).write_bytes(b"not a run")
    _, message = first_state(on_gpu, place)
    assert message is not None
    assert message.startswith("The run is back at step 0.")
    assert message.endswith(f"{REFUSED} The run trains on cpu.")


def test_a_table_that_was_deleted_since_it_was_checked_is_said_and_the_run_lives(
    start: Start, pretrained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MOE_LAB_TABLES", str(tmp_path / "tables"))
    (tmp_path / "tables").mkdir()
    rows = "\n".join(f"{i % 7},{i % 5},{('rose', 'aster')[i % 2]}" for i in range(40))
    table = tables.read_csv(f"length,width,kind\n{rows}".encode(), "kind", tables.folder())
    start = start.model_copy(update={"settings": {"task": "csv", "table": table.digest}, "others": [{"k": 1}]})
    merge = RunConfig.merge

    def merge_and_lose(config: RunConfig, changes: Mapping[str, object]) -> object:
        merged = merge(config, changes)
        (tables.folder() / f"{table.digest}.safetensors").unlink(missing_ok=True)
        return merged

    monkeypatch.setattr(RunConfig, "merge", merge_and_lose)
    members, message = first_state(start, Place(pretrained))
    assert [member.config.task.task for member in members] == ["rules", "rules"]
    assert message is not None
    assert "upload its file again" in message
    assert message.endswith("Until then the run learns from another task: Mixture of rules.")


@pytest.fixture
def served(start: Start, place: Place) -> Iterator[Worker]:
    """A worker in this process, whose loop is not running, with a new run."""
    start = start.model_copy(update={"pretrained": None})
    ours, theirs = socket.socketpair()
    with ours, socket.socket(socket.AF_UNIX) as listener:
        served = Worker(start, place, listener, theirs)
        yield served
        served.lifeline.close()
        served.selector.close()


def test_a_group_that_became_one_run_again_leaves_one_file(served: Worker, start: Start, place: Place) -> None:
    served.run.configure({}, [{}, {}], now=0.0)
    served.run.obey(Command(command="step"), now=0.0)
    served.keeping.keep()
    assert [place.kept(start.run, member).exists() for member in range(3)] == [True, True, True]
    served.run.configure({}, [], now=0.0)
    served.keeping.keep()
    assert [place.kept(start.run, member).exists() for member in range(3)] == [True, False, False]


QUESTIONS: dict[str, Ask | Export] = {
    "The answer": Ask(),
    "weights.safetensors": Export(file="weights.safetensors"),
}


@pytest.mark.parametrize("asked", QUESTIONS)
@pytest.mark.parametrize("error", [SafetensorError("disk is full"), RuntimeError("disk is full")], ids=repr)
def test_a_question_that_cannot_be_answered_is_a_sentence(
    served: Worker, monkeypatch: pytest.MonkeyPatch, asked: str, error: Exception
) -> None:
    def fail(*_: object) -> None:
        raise error

    monkeypatch.setattr(worker, "rest_of", fail)
    monkeypatch.setattr(worker, "exported", fail)
    assert served._answer(QUESTIONS[asked]) == Problem(message=f"{asked} was not made: disk is full")


def test_a_group_in_which_one_diverged_comes_back_at_the_last_state_that_all_share(
    served: Worker, start: Start, place: Place
) -> None:
    run = served.run
    run.configure({}, [{"learning_rate": 1e6}], now=0.0)
    for _ in range(100):
        if run.state != "diverged":
            served.keeping.keep()
            run.obey(Command(command="step"), now=0.0)
    assert not run.in_step
    served.keeping.keep()
    assert served._patience(0.0) is None
    members, message = first_state(start.model_copy(update={"others": [{"learning_rate": 1e6}]}), place)
    assert [member.step_count for member in members] == [run.step, run.step]
    assert message is None


def test_a_run_that_nobody_asks_for_frames_pauses(served: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    served.run.obey(Command(command="play"), now=0.0)
    states = []
    for patience in (300.0, -1.0):
        monkeypatch.setattr(limits, "UNWATCHED_PAUSE", patience)
        served._pause_unwatched()
        states.append(served.run.state)
    assert states == ["running", "paused"]
    assert served.run.message == "The run paused, because nobody watched it for a while."


def test_a_run_that_no_page_is_connected_to_pauses(served: Worker, monkeypatch: pytest.MonkeyPatch) -> None:
    """A page that is hidden asks for nothing, but says that it is there."""
    clock = [time.monotonic()]
    monkeypatch.setattr("server.worker.time.monotonic", lambda: clock[0])
    ours, theirs = socket.socketpair()
    channel = Channel(theirs, served.selector, served._hear, served._forget)
    with ours:
        served._hear(channel, Command(command="play").encode())
        states = []
        for seconds, is_present in ((9.0, True), (9.0, False), (2.0, False)):
            clock[0] += seconds
            if is_present:
                served._hear(channel, Present().encode())
            served._pause_unwatched()
            states.append(served.run.state)
        channel.close()
    assert states == ["running", "running", "paused"]
    assert served.run.message == "The run paused, because no page was connected to it for 10 seconds."


def test_a_state_that_cannot_be_kept_is_told_and_training_goes_on(served: Worker, start: Start, place: Place) -> None:
    served.keeping = Keeping(served.run, start.run, Place(place.folder / "no such folder"))
    served.run.obey(Command(command="step"), now=0.0)
    served.keeping.keep()
    assert served.run.message is not None
    assert served.run.message.startswith("The state of this run could not be kept")
    assert (served.keeping.step, served._patience(0.0)) == (None, None)
    served.run.obey(Command(command="step"), now=0.0)
    assert served.run.trainer.step_count == 2
