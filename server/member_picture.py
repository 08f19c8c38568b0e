"""The frame of one member of a run: what is drawn each time, and what is drawn less often and then kept."""

import math
from functools import cached_property, partial
from typing import Any

import numpy as np

from moe_core.evaluation import Evaluation
from moe_core.narrator import events, narrate
from moe_core.narrator.story_of import story_of
from moe_core.pictures import draw_expert, draw_experts, draw_plain
from moe_core.plane import Line, Plane
from moe_core.projection import Projection, project, received
from moe_core.trainer import Trainer
from server import frames
from server.frame_header import finite, header_of
from server.inside import inside_of
from server.live_run import LiveRun
from server.measures import Measures
from server.pointing import pointed_of
from server.protocol import FrameRequest, Have
from server.pulls import pulls_of
from server.seldom import Seldom

LINE_PLACES_PER_CELL = 4
"""Places of a line for each cell along a side of the plane: 256 at the finest, as many as a plane of 16 x 16 cells."""

THUMBNAIL_SIDE, THUMBNAILS = 24, 16
"""Cells along a side of what one expert says everywhere, as long as there are so many of them; with more, fewer."""

MOST_REMARKS, MOST_EVENTS = 3, 40
"""Sentences that a frame says at once, and marks on its curves, the newest."""


class MemberPicture:
    """Draws member `number` of a run."""

    def __init__(self, number: int, trainer: Trainer, num_members: int) -> None:
        self._number = number
        self.trainer = trainer
        # Shares of the time of the whole run, while it trains.
        self._plane = Seldom(partial(plane_of, trainer), share=1.0)
        self._narration = Seldom(partial(narration_of, trainer), share=0.02 / num_members, seconds=0.5)
        self._answers = Seldom(partial(thumbnails_of, trainer), share=0.02 / num_members, seconds=0.2)
        self._received = Seldom(partial(received, trainer), share=0.01 / num_members, seconds=0.2)
        self._looked_at = Seldom(partial(looked_at, trainer), share=0.02 / num_members)
        self._pulls = Seldom(partial(pulls_of, trainer), share=0.02 / num_members, seconds=0.2)
        self._inside = Seldom(partial(inside_of, trainer), share=0.02 / num_members, seconds=0.2)
        self._measures = Measures(trainer, share=0.02 / num_members)

    @property
    def plane_seconds(self) -> float:
        """How long its plane took to draw."""
        return self._plane.takes

    @cached_property
    def _layout(self) -> Projection | None:
        """The same in the whole run."""
        return project(self.trainer.task)

    def draw(
        self,
        run: LiveRun,
        evaluation: Evaluation,
        request: FrameRequest,
        cells: int,
        planes_share: float,
        share: float,
        now: float,
    ) -> bytes:
        """One frame, its plane of cells x cells. `share` is that of rendering, which the frame tells.

        planes_share: of the time, what the planes of all members may take.
        """
        self._plane.share = planes_share / len(run.members)
        trainer, history = self.trainer, self.trainer.history
        have = request.have[self._number] if self._number < len(request.have) else None
        if have is not None and have.run_version != run.run_version:
            have = None
        start = 0
        if have is not None and have.history_version == history.version:
            start = min(have.history_rows, len(history))
        arrays = {"load": evaluation.load, "load_start": trainer.untrained.load}
        arrays |= self._picture(run, evaluation, cells, have, now)
        arrays |= self._looked_at.get(run, now, request.look.expert, request.look.plain, cells)
        arrays |= batch_of(run, self._number)
        pulls = self._pulls.get(run, now) if request.look.pulls else None
        arrays |= pulls.arrays if pulls else {}
        inside = None if request.look.inside is None else self._inside.get(run, now, request.look.inside)
        arrays |= inside.arrays if inside else {}
        arrays |= {
            "kept_steps": np.array(run.kept_steps, dtype=np.float32),
            "history": history.rows(start),
            "history_load": history.loads(start),
        }
        more = {
            "render_share": share,
            "stage": stage_of(run, self._number),
            "pointed": pointed_of(trainer, request.look, evaluation.routing),
            "pulls_step": pulls.step if pulls else None,
            "inside": inside.header if inside else None,
            "measures": self._measures.of(run, now, request.look.then) if request.look.measures else None,
            **self._narration.get(run, now),
        }
        return frames.pack(header_of(run, self._number, evaluation, start, more), arrays)

    def _picture(
        self, run: LiveRun, evaluation: Evaluation, cells: int, have: Have | None, now: float
    ) -> dict[str, np.ndarray]:
        """The plane with what each expert says on it; or the line; or which classes each expert is given."""
        task = self.trainer.task
        picture = self._plane.get(run, now, cells)
        if picture is None:
            return self._samples(run, evaluation, have, now)
        arrays: dict[str, np.ndarray] = dict(vars(picture))
        if have is None:
            places = task.probe_inputs[:, : task.num_coordinates]
            arrays |= {"points": places, "point_targets": task.probe_targets}
        answers = self._answers.get(run, now)
        if answers is not None and is_news(self._answers, have):
            arrays["expert_answers"] = answers
        return arrays

    def _samples(self, run: LiveRun, evaluation: Evaluation, have: Have | None, now: float) -> dict[str, np.ndarray]:
        """A task that cannot be drawn in its own inputs: its test examples, and whose they are."""
        layout = self._layout
        if layout is None or evaluation.expert_class is None:
            return {}
        arrays = {"expert_class": evaluation.expert_class, "sample_expert": evaluation.owner[layout.samples]}
        if have is None:
            arrays |= {
                "projection": layout.places,
                "projection_targets": layout.targets,
                "projection_samples": layout.samples.astype(np.float32),
            }
        images = self._received.get(run, now)
        if images is not None and is_news(self._received, have):
            arrays["received"] = images
        return arrays


def plane_of(trainer: Trainer, cells: int) -> Plane | Line | None:
    """The plane, or the line, of a task that has one."""
    return trainer.plane(cells) or trainer.line(LINE_PLACES_PER_CELL * cells)


def is_news(drawing: Seldom[Any], have: Have | None) -> bool:
    """Whether the viewer has not seen it yet."""
    return have is None or have.sequence < drawing.sequence


def stage_of(run: LiveRun, number: int) -> dict[str, Any] | None:
    """The stage that slow motion shows of a member."""
    if run.slow_step is None:
        return None
    stage = run.slow_step.stages[number]
    return {"name": stage.name, "numbers": {name: finite(value) for name, value in stage.numbers.items()}}


def batch_of(run: LiveRun, number: int) -> dict[str, np.ndarray]:
    """What slow motion knows of each token of a member's batch, once it is routed and where it can be drawn.

    Its loss is NaN until it was taken.
    """
    task = run.members[number].task
    if run.slow_step is None or task.bounds is None:
        return {}
    known = run.slow_step.arrays[number]
    if "expert" not in known:
        return {}
    unknown = np.full(len(known["expert"]), np.nan, dtype=np.float32)
    return {
        "batch": known["inputs"][:, : task.num_coordinates],
        "batch_expert": known["expert"],
        "batch_loss": known.get("token_loss", unknown),
    }


def looked_at(trainer: Trainer, expert: int | None, plain: bool, cells: int) -> dict[str, np.ndarray]:
    """The plane of the expert in focus, and of the plain network, where they are asked for and can be drawn."""
    bounds, features = trainer.task.bounds, trainer.task.features
    if bounds is None or trainer.task.num_coordinates != 2:
        return {}
    arrays: dict[str, np.ndarray] = {}
    if expert is not None and expert < trainer.num_experts:
        answer, strength = draw_expert(trainer.model, bounds, cells, expert, features)
        arrays |= {"focus_answer": answer, "focus_strength": strength}
    if plain:
        arrays["plain_prediction"] = draw_plain(trainer.plain, bounds, cells, features)
    return arrays


def thumbnails_of(trainer: Trainer) -> np.ndarray | None:
    """What each expert says of the whole plane (E, r * r), coarsely; None where there is no plane."""
    task = trainer.task
    if task.bounds is None or task.num_coordinates != 2:
        return None
    side = int(THUMBNAIL_SIDE * min(1.0, math.sqrt(THUMBNAILS / trainer.num_experts)))
    return draw_experts(trainer.model, task.bounds, side, task.num_outputs, task.features)


def narration_of(trainer: Trainer) -> dict[str, Any]:
    """What the narrator says of a run now, most urgent first, of which step; and what happened on the way here."""
    story = story_of(trainer)
    remarks = sorted(narrate(story), key=lambda remark: -remark.urgency)[:MOST_REMARKS]
    marks = [{"step": remark.step, "text": remark.sentence()} for remark in events(story)[-MOST_EVENTS:]]
    said = [remark.sentence() for remark in remarks]
    return {"narration": said, "narration_step": trainer.step_count, "events": marks}
