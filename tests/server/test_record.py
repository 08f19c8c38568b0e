"""A recording is the run that it says it is, whole in every frame, and small."""

import gzip

import numpy as np
import pytest
import torch

from moe_core.config.lesson import NAMES, load, measured
from moe_core.trace import trace
from moe_core.trainer import Trainer
from server import frames
from server.frame_header import METRICS, finite
from server.record import LENGTH, STEPS_APART, recording_of

RECORDED = pytest.mark.parametrize("name", [name for name in NAMES if recording_of(name).exists()])


def messages_of(recording: bytes) -> list[bytes]:
    """The messages of a file, in order, as the view reads them."""
    data, messages = gzip.decompress(recording), []
    while data:
        (length,) = LENGTH.unpack_from(data)
        messages.append(data[LENGTH.size : LENGTH.size + length])
        data = data[LENGTH.size + length :]
    return messages


@RECORDED
def test_a_recording_goes_from_step_0_to_what_is_asked_and_is_under_a_megabyte(name: str) -> None:
    data = recording_of(name).read_bytes()
    assert len(data) < 1_000_000
    asked = load(name).question.step
    steps = []
    for message in messages_of(data):
        members = [frames.unpack(frame) for frame in frames.split(message)]
        assert len(members) == len(load(name).configs)
        # Whole: the curves from their start, and nothing that an earlier frame had to bring.
        assert all(header["history"]["start"] == 0 for header, _ in members)
        steps.append({header["step"] for header, _ in members})
    assert steps == [{step} for step in range(0, asked + 1, STEPS_APART)]


@RECORDED
def test_the_last_frame_has_the_numbers_of_a_run_that_is_made_now(name: str) -> None:
    last = messages_of(recording_of(name).read_bytes())[-1]
    for frame, config in zip(frames.split(last), load(name).configs, strict=True):
        header, arrays = frames.unpack(frame)
        trainer = Trainer(config)
        for _ in range(header["step"]):
            trainer.step()
        evaluation = trainer.evaluate()
        assert header["settings"] == config.settings()
        # Other processors round differently, which grows over hundreds of steps.
        for metric in METRICS:
            now, then = finite(getattr(evaluation, metric)), header["metrics"][metric]
            assert now == then if then is None else now == pytest.approx(then, rel=0.02)
        np.testing.assert_allclose(arrays["load"], evaluation.load, atol=0.01)


@RECORDED
def test_a_recording_answers_what_is_asked_of_it(name: str) -> None:
    """A question about a metric from what the frame of its step has measured, and the meters from every frame."""
    lesson, messages = load(name), messages_of(recording_of(name).read_bytes())
    frames_of_first = [frames.unpack(frames.split(message)[0])[0] for message in messages]
    if lesson.meters:
        assert all(header["measures"]["now"] and header["measures"]["untrained"] for header in frames_of_first)
    metric = lesson.question.metric
    if metric is not None:
        found = measured(name)
        assert found is not None
        assert found.low <= frames_of_first[-1]["measures"]["then"][metric] <= found.high
        assert all(header["measures"]["then"] is None for header in frames_of_first[:-1])
    else:
        assert lesson.question.column in frames_of_first[-1]["history"]["columns"]


def test_a_recording_follows_its_token_through_every_stage_of_every_frame() -> None:
    lesson = load("gating")
    assert lesson.token is not None
    messages = messages_of(recording_of("gating").read_bytes())
    recorded = [frames.unpack(message)[0]["pointed"] for message in messages]
    for pointed in recorded:
        assert pointed["inputs"] == pytest.approx(lesson.token)
        assert pointed["stages"]["offsets"] == [0.0] * 8
        assert pointed["stages"]["target"] == pointed["stages"]["nearest"]
    trainer = Trainer(lesson.config)
    followed = trace(trainer.model, torch.tensor(lesson.token))
    assert recorded[0]["stages"]["clean"] == pytest.approx(followed.logits.tolist(), abs=1e-5)
    assert [expert["gate"] for expert in recorded[0]["experts"]] == pytest.approx(followed.gates.tolist(), abs=1e-5)
    assert recorded[-1]["stages"]["clean"] != pytest.approx(followed.logits.tolist(), abs=0.5)
