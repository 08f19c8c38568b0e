"""What is inside one expert, as a frame has it: pictures of its hidden units, and the weights to them and from them."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from moe_core.config.cost import LARGEST_LOOK
from moe_core.config.features import names_of
from moe_core.hidden_units import HiddenUnits, hidden_units
from moe_core.plane import cell_centres
from moe_core.tasks import Task
from moe_core.trainer import Trainer
from server.frame_header import finite

MOST_UNITS = 16
"""Hidden units that are shown; of more, those with the largest effect over the test inputs."""

PLANE_SIDE, LINE_PLACES = 24, 96
"""Cells along a side of the picture of a unit; places of a line."""


@dataclass(frozen=True)
class Inside:
    """What a run's frames say of one expert while somebody looks into it.

    header   step       when it was measured: a frame may be of a later one
             expert     which one, counted from 0
             hidden     how many hidden units it has; 0 where it has none, and where there is no such expert
             units      the numbers of those that are here, U of them, the one with the largest effect first
             factors    G: how many affine maps lead to a unit, 2 where it is their product
             inputs     what the D inputs are called, where there is a plane or a line; else None
             low, high  what 0 and 255 stand for in unit_pictures
    arrays   unit_effects (U,)
             unit_pictures (U, R * R), uint8, row by row from the top, or (U, R) where there is one input, float32: each
             unit's activation everywhere. Left out where a task has more inputs
             unit_weights (U, G * D), unit_biases (U, G), unit_answers (U, C), answer_biases (C,): the weights that
             lead to each unit, and from it to each output. Biases are left out where there are none
    """

    header: dict[str, Any]
    arrays: dict[str, np.ndarray]


def inside_of(trainer: Trainer, expert: int) -> Inside:
    """The hidden units of one expert, their effect taken over the test split or its first LARGEST_LOOK examples."""
    header: dict[str, Any] = {"step": trainer.step_count, "expert": expert, "hidden": 0}
    experts, task = trainer.model.experts, trainer.task
    inside = hidden_units(experts, expert, task.test_inputs[:LARGEST_LOOK]) if expert < trainer.num_experts else None
    if inside is None:
        return Inside(header, {})
    effect = inside.effect.nan_to_num()
    chosen = effect.argsort(descending=True, stable=True)[:MOST_UNITS]
    header |= {"hidden": len(effect), "units": chosen.tolist(), "factors": inside.w_in.shape[1]}
    header["inputs"] = inputs_of(task)
    arrays = {"unit_effects": effect[chosen].cpu().numpy()} | weights(inside, chosen)
    places = places_of(task)
    if places is not None:
        everywhere = hidden_units(experts, expert, places.to(chosen.device))
        assert everywhere is not None
        pictures, low, high = drawn(everywhere.activation[chosen], is_line=task.num_inputs == 1)
        header |= {"low": finite(low), "high": finite(high)}
        arrays["unit_pictures"] = pictures
    return Inside(header, arrays)


def weights(inside: HiddenUnits, chosen: Tensor) -> dict[str, np.ndarray]:
    """Every weight that leads to the chosen units and from them, and the biases where there are any."""
    arrays = {"unit_weights": inside.w_in[chosen].flatten(1), "unit_answers": inside.w_out[chosen]}
    if inside.b_in is not None:
        arrays["unit_biases"] = inside.b_in[chosen]
    if inside.b_out is not None:
        arrays["answer_biases"] = inside.b_out
    return {name: array.cpu().numpy() for name, array in arrays.items()}


def inputs_of(task: Task) -> tuple[str, ...] | None:
    """What a person reads of the inputs of a plane or a line; None where there is neither."""
    if task.bounds is None:
        return None
    return ("x",) if task.num_inputs == 1 else names_of(task.features)


def places_of(task: Task) -> Tensor | None:
    """The places of a task's picture as the models see them (T, D); None where it has none."""
    if task.bounds is None:
        return None
    if task.num_inputs == 1:
        return torch.linspace(task.bounds[0], task.bounds[1], LINE_PLACES).unsqueeze(-1)
    return cell_centres(task.bounds, PLANE_SIDE, task.features)


def drawn(activation: Tensor, is_line: bool) -> tuple[np.ndarray, float, float]:
    """Activations (U, T) as pictures on one scale, which holds zero, and the ends of that scale."""
    low, high = float(activation.min().clamp(max=0.0)), float(activation.max().clamp(min=0.0))
    if not is_line:
        shares = (activation - low) / max(high - low, torch.finfo(activation.dtype).tiny)
        activation = (255.0 * shares.nan_to_num(0.0)).clamp(0.0, 255.0).round().to(torch.uint8)
    pictures: np.ndarray = activation.cpu().numpy()
    return pictures, low, high
