"""The mixture of rules: eight discs, each cut by a line through its centre."""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from moe_core.tasks import Task
from moe_core.tasks.rules import rules

CENTRES = torch.tensor([[-1, -1], [0, -1], [1, -1], [-1, 0], [1, 0], [-1, 1], [0, 1], [1, 1]], dtype=torch.float64)
RADIUS = 0.435
GOLDEN_ANGLE = 2.399963


@pytest.fixture(scope="module", params=[0, 1, 2])
def task(request: pytest.FixtureRequest) -> Task:
    return rules(np.random.default_rng(request.param), num_train=2000, noise=0.0)


def disc_and_offset(inputs: Tensor) -> tuple[Tensor, Tensor]:
    """Which disc each point is nearest to, and where it lies from that disc's centre."""
    differences = inputs.double().unsqueeze(1) - CENTRES
    disc = differences.norm(dim=-1).argmin(-1)
    return disc, differences[torch.arange(len(inputs)), disc]


def test_clusters_are_the_discs_that_points_lie_in(task: Task) -> None:
    disc, offset = disc_and_offset(task.test_inputs)
    assert task.test_clusters is not None
    assert torch.equal(disc, task.test_clusters)
    assert float(offset.norm(dim=-1).max()) < RADIUS + 1e-6


def test_every_disc_has_its_share_of_points_and_fills_evenly(task: Task) -> None:
    """Half of a disc's area is within 0.7071 of its radius."""
    disc, offset = disc_and_offset(task.train_inputs)
    assert disc.bincount(minlength=8).div(len(disc)).tolist() == pytest.approx([1 / 8] * 8, abs=0.03)
    within = (offset.norm(dim=-1) < RADIUS * math.sqrt(0.5)).double().mean()
    assert float(within) == pytest.approx(0.5, abs=0.04)


def test_targets_obey_the_rule_of_their_disc(task: Task) -> None:
    """Rule m is cut at angle 2.399963 m + phi. Turned back by 2.399963 m, all discs share one line through the
    centre: class 1 lies in the half circle around phi and class 0 in the other."""
    inputs = torch.cat([task.train_inputs, task.test_inputs])
    labels = torch.cat([task.train_targets, task.test_targets]).bool()
    disc, offset = disc_and_offset(inputs)
    angle = torch.atan2(offset[:, 1], offset[:, 0]) - GOLDEN_ANGLE * disc
    unit = torch.stack([angle.cos(), angle.sin()], dim=-1)
    towards_one = unit[labels].mean(0) - unit[~labels].mean(0)
    phi = math.atan2(float(towards_one[1]), float(towards_one[0]))

    def span(turned: Tensor) -> float:
        wrapped = (turned + math.pi).remainder(2 * math.pi) - math.pi
        return float(wrapped.max() - wrapped.min())

    ones, zeros = span(angle[labels] - phi), span(angle[~labels] - phi - math.pi)
    assert ones <= math.pi + 1e-4
    assert zeros <= math.pi + 1e-4
    assert min(ones, zeros) > math.pi - 0.1


def test_one_line_cannot_serve_two_neighbouring_discs(task: Task) -> None:
    """A rule carried over to another disc is wrong on a good part of it: that is what makes eight problems of it."""
    disc, offset = disc_and_offset(task.train_inputs)
    labels = task.train_targets.double()
    directions = torch.stack(
        [
            offset[(disc == m) & (labels == 1)].mean(0) - offset[(disc == m) & (labels == 0)].mean(0)
            for m in range(len(CENTRES))
        ]
    )
    for m in range(len(CENTRES)):
        here = disc == m
        for other in range(len(CENTRES)):
            agreement = ((offset[here] @ directions[other] > 0) == labels[here].bool()).double().mean()
            assert (float(agreement) > 0.9) == (m == other)
