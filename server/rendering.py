"""Frames of a run, made only when asked for, and the resolution that keeps them cheap.

Rendering takes time from training. Its share of the worker's time is measured, and the plane gets coarser before the
share passes its bound; the rate of frames stays.
"""

import math
import time
from typing import Any

import numpy as np

from moe_core.tasks import Task
from server import frames, limits
from server.live_run import LiveRun
from server.protocol import Have

WINDOW = 1.0
"""Seconds over which the share of rendering is measured before the resolution is changed."""

LINE_PLACES_PER_CELL = 4
"""Places of a line for each cell along a side of the plane: 256 at the finest, as many as a plane of 16 x 16 cells."""

WORTH_IT = 0.8
"""A finer plane is tried when it is predicted to use at most this much of the share."""


class Renderer:
    """Draws one run. Remembers what drawing has cost lately."""

    def __init__(self, now: float) -> None:
        self.share = 0.0
        self._level = 0
        self._window_start = now
        self._spent = 0.0

    def frame(self, run: LiveRun, have: Have | None, resolution: int) -> bytes:
        """One frame, holding of the history and the points only what `have` lacks."""
        began = time.monotonic()
        self._adapt(began)
        data = self._draw(run, have, resolution)
        self._spent += time.monotonic() - began
        return data

    def _draw(self, run: LiveRun, have: Have | None, wanted: int) -> bytes:
        trainer = run.trainer
        config, task, history = trainer.config, trainer.task, trainer.history
        evaluation = trainer.evaluate()
        same_run = have is not None and have.run_version == run.run_version
        start = 0
        if have is not None and same_run and have.history_version == history.version:
            start = min(have.history_rows, len(history))
        cells = self._resolution(wanted)
        picture = trainer.plane(cells) or trainer.line(LINE_PLACES_PER_CELL * cells)

        arrays: dict[str, np.ndarray] = {"load": evaluation.load, "load_start": trainer.untrained.load}
        if picture is not None:
            arrays |= vars(picture)
            if not same_run:
                arrays |= {"points": task.probe_inputs, "point_targets": task.probe_targets}
        elif evaluation.expert_class is not None:
            arrays["expert_class"] = evaluation.expert_class
        arrays |= {"history": history.rows(start), "history_load": history.loads(start)}

        header: dict[str, Any] = {
            "sequence": run.sequence,
            "run_version": run.run_version,
            "step": trainer.step_count,
            "state": run.state,
            "message": run.message,
            "pace": run.pace,
            "steps_per_second": run.steps_per_second,
            "render_share": self.share,
            "settings": config.settings(),
            "fair_share": 1 / trainer.num_experts,
            "device": trainer.device.type,
            "log_length": len(trainer.log),
            "metrics": {
                "train_loss": finite(run.last_record.loss) if run.last_record else None,
                "test_loss": finite(evaluation.test_loss),
                "test_score": finite(evaluation.test_score),
                "plain_test_loss": finite(evaluation.plain_test_loss),
                "plain_test_score": finite(evaluation.plain_test_score),
                "wide_test_loss": finite(evaluation.wide_test_loss),
                "wide_test_score": finite(evaluation.wide_test_score),
                "effective_experts": finite(evaluation.effective_experts),
            },
            "history": {"version": history.version, "start": start, "columns": history.COLUMNS},
            "picture": picture_of(task),
            "task": {
                "name": config.task.task,
                "title": config.task.title,
                "num_outputs": task.num_outputs,
                "score": task.objective.score_name,
                "bounds": task.bounds,
            },
            "plain_hidden": trainer.plain.width,
            "wide_hidden": trainer.wide.width,
        }
        return frames.pack(header, arrays)

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


def picture_of(task: Task) -> str:
    """What the view shows: a plane, a line, or, where neither can be drawn, which classes each expert gets."""
    if task.bounds is None:
        return "matrix" if task.test_labels is not None else "none"
    return "plane" if task.num_inputs == 2 else "line"


def finite(value: float) -> float | None:
    """JSON has no infinity and no NaN: such a number was not measured."""
    return value if math.isfinite(value) else None
