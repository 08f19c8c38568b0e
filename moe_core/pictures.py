"""A task on a plane, drawn once more: what each expert says everywhere, and what the plain network predicts.

An expert's answer is drawn over the whole plane, since the router's regions hide most of what it has learned.
"""

import numpy as np
import torch
from torch import Tensor

from moe_core.layer import MoELayer
from moe_core.measure import answers_of_each
from moe_core.model import PlainNetwork, evaluation_mode
from moe_core.plane import cell_centres
from moe_core.tasks.task import Bounds


def draw_experts(
    model: MoELayer, bounds: Bounds, resolution: int, num_classes: int, features: str = "coordinates"
) -> np.ndarray:
    """What each expert says by itself about every cell, asked or not: (E, r * r), uint8, row by row from the top.

    Of two classes 255 times the probability of class 1, by softmax of the expert's own answer; of more, the class.
    """
    cells = cell_centres(bounds, resolution, features).to(model.router.offset.device)
    return _said(answers_of_each(model, cells), num_classes).cpu().numpy()


def draw_expert(
    model: MoELayer, bounds: Bounds, resolution: int, expert: int, features: str = "coordinates"
) -> tuple[np.ndarray, np.ndarray]:
    """What one expert, counted from 0, says everywhere, and how much the router believes in it there.

    Both (R, R), uint8: its answer as in `draw_experts`, and 255 times its probability, whether it is chosen or not.
    """
    cells = cell_centres(bounds, resolution, features).to(model.router.offset.device)
    answers = answers_of_each(model, cells)[expert]
    with evaluation_mode(model):
        _, routing = model(cells, limited=False)
    strength = (routing.probs[:, expert] * 255.0).to(torch.uint8)
    return _square(_said(answers, answers.shape[-1])), _square(strength)


def draw_plain(plain: PlainNetwork, bounds: Bounds, resolution: int, features: str = "coordinates") -> np.ndarray:
    """The class that a plain network predicts in each cell (R, R), uint8; row 0 is the top."""
    cells = cell_centres(bounds, resolution, features).to(plain.w_in.device)
    with evaluation_mode(plain):
        outputs = plain(cells)
    return _square(outputs.argmax(-1).to(torch.uint8))


def _said(answers: Tensor, num_classes: int) -> Tensor:
    """Answers (..., C) as one byte each (...)."""
    if num_classes == 2:
        return (answers.softmax(-1)[..., 1] * 255.0).to(torch.uint8)
    return answers.argmax(-1).to(torch.uint8)


def _square(values: Tensor) -> np.ndarray:
    """A value for each cell (R * R,) as rows (R, R)."""
    resolution = round(len(values) ** 0.5)
    return values.reshape(resolution, resolution).cpu().numpy()
