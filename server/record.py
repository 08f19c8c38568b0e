"""Record a lesson's own run, for when the network dies: `python -m server.record collapse`.

A recording is a gzipped file of packed messages (see server/frames.py), each with its length in front: uint32,
little-endian. Every message is whole, as a new viewer gets it, so that the view can go to any of them. The last one is
of the step that the lesson's question is about. Of a lesson that follows a token they have that of its file.
"""

import argparse
import gzip
import struct
import time
from collections.abc import Iterator
from pathlib import Path

import torch

from moe_core.config.lesson import NAMES, Lesson, load
from moe_core.trainer import Trainer
from server.live_run import LiveRun
from server.protocol import FrameRequest, Look
from server.rendering import Renderer

RECORDED = Path(__file__).resolve().parents[1] / "assets" / "recorded"

LENGTH = struct.Struct("<I")

STEPS_APART = 10
"""Training steps from one frame to the next: as many as from one row of the curves to the next."""

RESOLUTION = 48
"""Cells along a side of a plane. More would double the file and look nearly the same."""

RUN_VERSION = 1
"""No worker has it, since theirs are times. So the view never takes a recording for a run, and files are the same."""


def record(lesson: Lesson) -> bytes:
    """The lesson's own run from step 0 to that of its question, as a file."""
    messages = (LENGTH.pack(len(message)) + message for message in _messages(lesson))
    return gzip.compress(b"".join(messages), mtime=0)


def recording_of(name: str) -> Path:
    """The file of a lesson's recording."""
    return RECORDED / f"{name}.frames"


def _messages(lesson: Lesson) -> Iterator[bytes]:
    asked = lesson.question.step if lesson.question.metric else None
    token = None if lesson.token is None else list(lesson.token)
    look = Look(measures=lesson.meters or asked is not None, then=asked, at=token, stages=token is not None)
    run = LiveRun(*(Trainer(config) for config in lesson.configs))
    run.run_version = RUN_VERSION
    while True:
        if run.step % STEPS_APART == 0 or run.step == lesson.question.step:
            # A renderer that lives on would draw coarser planes, since drawing takes most of the time here.
            yield Renderer(time.monotonic()).frame(run, FrameRequest(resolution=RESOLUTION, look=look))
        if run.step == lesson.question.step:
            return
        run.advance(time.monotonic())


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description="Record the run of a lesson.")
    parser.add_argument("lesson", choices=NAMES)
    name = parser.parse_args().lesson
    torch.set_num_threads(1)
    RECORDED.mkdir(exist_ok=True)
    recording_of(name).write_bytes(record(load(name)))
