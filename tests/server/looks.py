"""A run as somebody looks at it, frame by frame, without a worker between."""

from typing import Any

import numpy as np
import torch

from moe_core.trainer import Trainer
from server import frames
from server.live_run import LiveRun
from server.protocol import Command, FrameRequest, Look
from server.rendering import Renderer
from tests.moe_core.cases import fingerprint, small_config


def look_at(run: LiveRun, look: Look) -> tuple[dict[str, Any], dict[str, np.ndarray]]:
    """The header and the arrays of one frame."""
    return frames.unpack(Renderer(now=0.0).frame(run, FrameRequest(look=look)))


def end_of_a_run(settings: dict[str, object], look: Look) -> str:
    """What a run came to that was looked at after every step, and between the stages of slow motion.

    Looking draws from no stream that is not the run's own.
    """
    run, renderer = LiveRun(Trainer(small_config(**settings))), Renderer(now=0.0)
    everywhere = torch.get_rng_state()
    for _ in range(5):
        run.obey(Command(command="step"), now=0.0)
        renderer.frame(run, FrameRequest(look=look))
    run.obey(Command(command="pace", pace="motion"), now=0.0)
    run.obey(Command(command="play"), now=0.0)
    for _ in range(12):
        run.advance(now=0.0)
        renderer.frame(run, FrameRequest(look=look))
    run.pause()
    assert torch.equal(torch.get_rng_state(), everywhere)
    return fingerprint(run.trainer)
