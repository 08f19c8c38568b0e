"""Frames of a run, made only when asked for, and the resolution that keeps them cheap.

Rendering takes time from training. Its share of the worker's time is measured, and the plane gets coarser before the
share passes its bound; the rate of frames stays.
"""

import time
from collections.abc import Sequence

from moe_core.evaluation import Evaluation
from moe_core.trainer import Trainer
from server import frames, limits
from server.live_run import LiveRun
from server.member_picture import MemberPicture
from server.protocol import FrameRequest
from server.seldom import Seldom

WINDOW = 1.0
"""Seconds over which the share of rendering is measured before the resolution is changed."""

EVALUATION_SHARE = 0.03
"""The share of a training run's time that looks at the test split may take."""

WORTH_IT = 0.8
"""A finer plane is tried when it is predicted to use at most this much of the share."""


class Renderer:
    """Draws one run. Remembers what drawing has cost lately."""

    def __init__(self, now: float) -> None:
        self.share = 0.0
        self._level = 0
        self._window_start = now
        self._spent = 0.0
        self._pictures: list[MemberPicture] = []
        self._evaluations = Seldom(evaluations_of, share=EVALUATION_SHARE)

    def frame(self, run: LiveRun, request: FrameRequest) -> bytes:
        """One frame of each member, holding of the curves and the points only what the viewer lacks."""
        began = time.monotonic()
        self._adapt(began)
        cells = self._resolution(request.resolution)
        pictures = self._pictures_of(run)
        # Of all members at one step: numbers that stand beside each other are compared.
        evaluations = self._evaluations.get(run, began, run.members)
        data = frames.join(
            [
                picture.draw(run, evaluation, request, cells, self.share, began)
                for picture, evaluation in zip(pictures, evaluations, strict=True)
            ]
        )
        self._spent += time.monotonic() - began
        return data

    def _pictures_of(self, run: LiveRun) -> list[MemberPicture]:
        if [picture.trainer for picture in self._pictures] != list(run.members):
            self._pictures = [
                MemberPicture(number, trainer, len(run.members)) for number, trainer in enumerate(run.members)
            ]
        return self._pictures

    def _resolution(self, wanted: int) -> int:
        """The finest resolution that was asked for and can be afforded."""
        affordable = limits.RESOLUTIONS[self._level :]
        return next((cells for cells in affordable if cells <= wanted), affordable[-1])

    def _adapt(self, now: float) -> None:
        elapsed = now - self._window_start
        if elapsed < WINDOW:
            return
        self.share = self._spent / elapsed
        self._window_start, self._spent = now, 0.0
        cells = limits.RESOLUTIONS[self._level]
        if self.share > limits.RENDER_SHARE and self._level + 1 < len(limits.RESOLUTIONS):
            self._level += 1
        elif self._level > 0:
            growth = (limits.RESOLUTIONS[self._level - 1] / cells) ** 2
            if self.share * growth < WORTH_IT * limits.RENDER_SHARE:
                self._level -= 1


def evaluations_of(members: Sequence[Trainer]) -> list[Evaluation]:
    """Every member on the test split, now."""
    return [member.evaluate() for member in members]
