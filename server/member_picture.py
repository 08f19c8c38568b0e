"""The frame of one member of a run: what is drawn each time, and what is drawn less often and then remembered."""

from typing import Any

import numpy as np

from moe_core.evaluation import Evaluation
from moe_core.narrator import events, narrate
from moe_core.trainer import Trainer
from server import frames
from server.frame_header import header_of
from server.live_run import LiveRun
from server.protocol import FrameRequest, Have

LINE_PLACES_PER_CELL = 4
"""Places of a line for each cell along a side of the plane: 256 at the finest, as many as a plane of 16 x 16 cells."""

NARRATION_EVERY = 0.5
"""Seconds between two looks of the narrator at a run that moves: nobody reads faster."""

MOST_REMARKS, MOST_EVENTS = 3, 40
"""Sentences that a frame says at once, and marks on its curves, the newest."""

Moment = tuple[int, ...]


class Interval:
    """For what is drawn at most so often while a run moves, and is always of the very moment where it rests."""

    def __init__(self, seconds: float) -> None:
        self._seconds = seconds
        self._drawn_at = 0.0
        self._moment: Moment | None = None

    def is_due(self, moment: Moment, resting: bool, now: float) -> bool:
        """Whether to draw again. If so, it counts as drawn."""
        if moment == self._moment:
            return False
        if self._moment is not None and not resting and now - self._drawn_at < self._seconds:
            return False
        self._moment, self._drawn_at = moment, now
        return True


class MemberPicture:
    """Draws member `number` of a run."""

    def __init__(self, number: int) -> None:
        self._number = number
        self._narration_due = Interval(NARRATION_EVERY)
        self._said: dict[str, Any] = {}

    def draw(self, run: LiveRun, request: FrameRequest, cells: int, share: float, now: float) -> bytes:
        """One frame, its plane of cells x cells."""
        trainer = run.members[self._number]
        have = request.have[self._number] if self._number < len(request.have) else None
        if have is not None and have.run_version != run.run_version:
            have = None
        start = 0
        if have is not None and have.history_version == trainer.history.version:
            start = min(have.history_rows, len(trainer.history))
        evaluation = trainer.evaluate()
        moment = (run.run_version, trainer.step_count, len(trainer.log))
        if self._narration_due.is_due(moment, run.state != "running", now):
            self._said = narration_of(trainer)
        arrays = self._arrays(run, trainer, evaluation, cells, have)
        arrays |= {
            "kept_steps": np.array(run.kept_steps, dtype=np.float32),
            "history": trainer.history.rows(start),
            "history_load": trainer.history.loads(start),
        }
        more = {"render_share": share, **self._said, "stage": None, "pointed": None}
        return frames.pack(header_of(run, self._number, evaluation, start, more), arrays)

    def _arrays(
        self, run: LiveRun, trainer: Trainer, evaluation: Evaluation, cells: int, have: Have | None
    ) -> dict[str, np.ndarray]:
        task = trainer.task
        picture = trainer.plane(cells) or trainer.line(LINE_PLACES_PER_CELL * cells)
        arrays: dict[str, np.ndarray] = {"load": evaluation.load, "load_start": trainer.untrained.load}
        if picture is not None:
            arrays |= vars(picture)
            if have is None:
                arrays |= {"points": task.probe_inputs, "point_targets": task.probe_targets}
        elif evaluation.expert_class is not None:
            arrays["expert_class"] = evaluation.expert_class
        return arrays


def narration_of(trainer: Trainer) -> dict[str, Any]:
    """What the narrator says of a run now, most urgent first, and what happened on the way here."""
    story = trainer.story()
    remarks = sorted(narrate(story), key=lambda remark: -remark.urgency)[:MOST_REMARKS]
    marks = [{"step": remark.step, "text": remark.sentence()} for remark in events(story)[-MOST_EVENTS:]]
    return {"narration": [remark.sentence() for remark in remarks], "events": marks}
