"""A task of many inputs, to be looked at: its examples laid out on a plane, and what each expert receives of them.

Principal component analysis (Pearson 1901, Phil. Mag. 2:559): of all planes, the one on which the examples lie the
furthest apart.

    X - mean(X) = U S V^T,   places = (X - mean(X)) (v_1, v_2)
"""

from dataclasses import dataclass

import numpy as np

from moe_core.tasks import Task
from moe_core.trainer import Trainer

MOST_SAMPLES = 500
"""As many as can be told apart in a picture."""


@dataclass(frozen=True)
class Projection:
    """N examples of the test split on a plane. It is the task's alone: nothing moves while the models learn.

    places (N, 2)   float32, the wider of the two axes from -1 or to 1, the other in the same unit
    targets (N,)    their classes, uint8
    samples (N,)    which examples of the test split they are
    """

    places: np.ndarray
    targets: np.ndarray
    samples: np.ndarray


def project(task: Task) -> Projection | None:
    """The first examples of the test split, at most MOST_SAMPLES; None for a regression, which has no classes."""
    if task.test_labels is None:
        return None
    places = principal_components(task.test_inputs[:MOST_SAMPLES].cpu().double().numpy())
    extent = np.abs(places).max()
    return Projection(
        places=(places / (extent or 1.0)).astype(np.float32),
        targets=task.test_labels[:MOST_SAMPLES].cpu().numpy().astype(np.uint8),
        samples=np.arange(len(places)),
    )


def principal_components(inputs: np.ndarray) -> np.ndarray:
    """The first two of examples (N, D), as (N, 2). Zero where there is no second direction.

    An axis may point either way; its largest weight is made positive, so that every machine draws the same.
    """
    centred = inputs - inputs.mean(0)
    _, _, axes = np.linalg.svd(centred, full_matrices=False)
    axes = axes[:2]
    largest = np.take_along_axis(axes, np.abs(axes).argmax(1, keepdims=True), axis=1)
    places = centred @ (axes * np.where(largest < 0, -1.0, 1.0)).T
    return np.pad(places, ((0, 0), (0, 2 - len(axes))))


def received(trainer: Trainer) -> np.ndarray | None:
    """The mean image of what each expert is given of the test split (E, pixels), uint8; None for a task without images.

    0 is dark and 255 bright. An expert that is given nothing has a dark image.
    """
    task = trainer.task
    if task.image is None:
        return None
    routing = trainer.evaluate().routing
    given = routing.kept.to(task.test_inputs)
    means = given.T @ task.test_inputs / given.sum(0).clamp(min=1.0).unsqueeze(1)
    # Noise takes pixels past the darkest and the brightest.
    brightness: np.ndarray = (means.clamp(0.0, 1.0) * 255.0).round().byte().cpu().numpy()
    return brightness
