"""A run whose experts are limited: what is measured of it, what is drawn of it, and that it can leave."""

import numpy as np
import pytest
import torch

from moe_core.metrics import dropped_fraction
from moe_core.questions import ablation
from moe_core.trainer import Trainer
from tests.moe_core.cases import fingerprint, small_config, train

TIGHT: dict[str, object] = {"capacity": "limited", "train_capacity_factor": 0.5, "test_capacity_factor": 0.5}


def tight(**settings: object) -> Trainer:
    return train(Trainer(small_config(**(TIGHT | settings))), 20)


def test_training_drops_what_is_over_the_capacity() -> None:
    """With half a fair share for each, at least half of the assignments are dropped, in training too."""
    trainer = tight()
    _, routing = trainer.model(trainer.task.train_inputs[:64])
    assert routing.capacity == 0.5 * 64 * 2 / 4
    assert dropped_fraction(routing.assigned, routing.kept) >= 0.5


def test_the_dropped_share_is_measured_and_the_load_counts_assignments() -> None:
    trainer = tight()
    evaluation = trainer.evaluate()
    assigned, kept = evaluation.routing.assigned, evaluation.routing.kept
    wanted = 1 - int(kept.sum()) / int(assigned.sum())
    assert wanted >= 0.5
    assert trainer.measure()["dropped_fraction"] == evaluation.dropped_fraction == pytest.approx(wanted)
    np.testing.assert_allclose(evaluation.load, (assigned.sum(0) / assigned.sum()).numpy())


def test_without_a_capacity_no_share_is_dropped_and_none_is_told() -> None:
    trainer = Trainer(small_config())
    assert trainer.measure()["dropped_fraction"] == 0.0
    assert trainer.evaluate().dropped_fraction is None


def test_the_plane_is_drawn_without_the_capacity() -> None:
    """Its cells are no batch: which of them would be dropped says nothing."""
    trainer = tight()
    limited, bounds = trainer.plane(16), trainer.task.bounds
    assert limited is not None
    assert bounds is not None
    trainer.model.capacity = None
    free = trainer.plane(16)
    assert free is not None
    assert np.array_equal(limited.prediction, free.prediction)
    assert np.array_equal(limited.owner, free.owner)


def test_taking_out_an_expert_leaves_dropped_tokens_as_themselves() -> None:
    """Against the layer itself, the gate of one expert set to zero."""
    trainer = tight(dropped="residual")
    routing, task = trainer.evaluate().routing, trainer.task
    assert routing.residual is not None
    with torch.no_grad():
        answers = trainer.model.expert_outputs(task.test_inputs)
    falls = []
    for expert in range(4):
        rows = []
        for token, x in enumerate(task.test_inputs):
            row = x.clone() if not routing.kept[token].any() else torch.zeros(2)
            for other in range(4):
                if other != expert:
                    row += routing.gates[token, other] * answers[other, token]
            rows.append(row)
        falls.append(trainer.evaluate().test_score - float(task.objective.score(torch.stack(rows), task.test_targets)))
    assert ablation(trainer) == pytest.approx(falls, abs=2e-3)


@pytest.mark.parametrize("fill_order", ["arrival", "priority"])
def test_a_killed_and_a_forced_expert_have_a_capacity_too(fill_order: str) -> None:
    trainer = tight(fill_order=fill_order, k=1)
    trainer.do("kill", 0)
    trainer.do("force", 1)
    routing = trainer.evaluate().routing
    assert routing.kept.sum(0).tolist() == [0, routing.capacity, 0, 0]
    assert routing.capacity == 0.5 * len(routing.kept) / 4


def test_equal_runs_are_bitwise_equal_and_the_capacity_makes_another_run() -> None:
    assert fingerprint(tight()) == fingerprint(tight())
    assert fingerprint(tight()) != fingerprint(tight(fill_order="priority"))
    assert fingerprint(tight()) != fingerprint(train(Trainer(small_config()), 20))
