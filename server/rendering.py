"""Frames of a run, made only when asked for, and the resolution that keeps them cheap.

Rendering takes time from training. Its share of the worker's time is measured, and before it passes its bound the plane
gets coarser, and then is drawn less often. The rate of frames stays.
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
        cells, planes_share = self._quality(request.resolution)
        pictures = self._pictures_of(run)
        # Of all members at one step: numbers that stand beside each other are compared.
        evaluations = newest(run.members, self._evaluations.get(run, began, run.members))
        data = frames.join(
            [
                picture.draw(run, evaluation, request, cells, planes_share, self.share, began)
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

    def _quality(self, wanted: int) -> tuple[int, float]:
        """The best that can be afforded, no finer than was asked for."""
        affordable = limits.QUALITIES[self._level :]
        return next((quality for quality in affordable if quality[0] <= wanted), affordable[-1])

    def _adapt(self, now: float) -> None:
        elapsed = now - self._window_start
        if elapsed < WINDOW:
            return
        self.share = self._spent / elapsed
        self._window_start, self._spent = now, 0.0
        if self.share > limits.RENDER_SHARE and self._level + 1 < len(limits.QUALITIES):
            self._level += 1
        elif self._level > 0 and self._predicted() < WORTH_IT * limits.RENDER_SHARE:
            self._level -= 1

    def _predicted(self) -> float:
        """The share of rendering one quality further up. Planes that are limited would take what they may there."""
        (finer, finer_share), (cells, _) = limits.QUALITIES[self._level - 1], limits.QUALITIES[self._level]
        if finer > cells:
            return self.share * (finer / cells) ** 2
        unlimited = limits.FRAMES_PER_SECOND * sum(picture.plane_seconds for picture in self._pictures)
        return self.share + min(finer_share, unlimited)


Dated = tuple[int, Evaluation]
"""A look at the test split, and the step that it was taken at."""


def evaluations_of(members: Sequence[Trainer]) -> list[Dated]:
    """Every member on the test split, now."""
    return [(member.step_count, member.evaluate()) for member in members]


def newest(members: Sequence[Trainer], looked: Sequence[Dated]) -> list[Evaluation]:
    """What was looked at for a frame, or what went into the curves since: the numbers never lag behind the curves."""
    recorded = [member.recorded for member in members]
    later = [mine for mine in recorded if mine is not None and mine[0] > looked[0][0]]
    is_later = len(later) == len(members) and len({step for step, _ in later}) == 1
    return [evaluation for _, evaluation in (later if is_later else looked)]
