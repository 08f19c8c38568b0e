"""What is pointed at: every number is the trainer's own for that input."""

import json
from typing import Any

import numpy as np
import pytest
import torch

from moe_core.config import RunConfig, presets
from moe_core.features import basis_expansion
from moe_core.pictures import draw_expert, draw_experts, draw_plain
from moe_core.trace import trace
from moe_core.trainer import Trainer
from server.live_run import LiveRun
from server.pointing import pointed_of, problem_of
from server.protocol import Look
from tests.server.looks import look_at


@pytest.fixture
def run() -> LiveRun:
    trainer = Trainer(presets.load("specialists").config)
    for _ in range(20):
        trainer.step()
    return LiveRun(trainer)


def pointed_at(trainer: Trainer, look: Look) -> dict[str, Any]:
    pointed = pointed_of(trainer, look, trainer.evaluate().routing)
    assert pointed is not None
    return pointed


def test_a_place_shows_the_numbers_of_the_layer(run: LiveRun) -> None:
    pointed = look_at(run, Look(at=[0.25, -0.5]))[0]["pointed"]
    own = trace(run.trainer.model, torch.tensor([0.25, -0.5]))
    assert (pointed["inputs"], pointed["sample"], pointed["target"], pointed["loss"]) == (
        [0.25, -0.5],
        None,
        None,
        None,
    )
    for name, values in (("logit", own.logits), ("selection", own.selection), ("probability", own.probs)):
        assert [expert[name] for expert in pointed["experts"]] == values.tolist()
    assert [expert["chosen"] for expert in pointed["experts"]] == own.assigned.tolist()
    assert [expert["kept"] for expert in pointed["experts"]] == own.kept.tolist()
    assert [expert["gate"] for expert in pointed["experts"]] == own.gates.tolist()
    assert [expert["answer"] for expert in pointed["experts"]] == own.answers.tolist()
    combined = sum(expert["gate"] * np.array(expert["answer"]) for expert in pointed["experts"])
    assert pointed["features"] is None
    assert pointed["answer"] == pytest.approx(combined.tolist(), abs=1e-5)
    assert sum(pointed["probabilities"]) == pytest.approx(1.0)


def test_a_place_is_pointed_at_by_its_coordinates_and_seen_by_its_features() -> None:
    trainer = Trainer(RunConfig.from_settings({"features": "all"}))
    pointed = pointed_at(trainer, Look(at=[0.25, -0.5], stages=True))
    seen = basis_expansion(torch.tensor([0.25, -0.5]), "all")
    own = trace(trainer.model, seen)
    assert pointed["inputs"] == seen.tolist()
    assert pointed["features"] == pytest.approx(
        {
            "x₁": 0.25,
            "x₂": -0.5,
            "x₁²": 0.0625,
            "x₂²": 0.25,
            "x₁x₂": -0.125,
            "sin πx₁": np.sqrt(0.5),
            "sin πx₂": -1.0,
        }
    )
    assert [expert["logit"] for expert in pointed["experts"]] == own.logits.tolist()
    assert [expert["answer"] for expert in pointed["experts"]] == own.answers.tolist()
    assert pointed["stages"]["products"]["router"] == 8 * 7
    sample = pointed_at(trainer, Look(sample=7))
    assert list(sample["features"].values()) == sample["inputs"] == trainer.task.test_inputs[7].tolist()
    sentence = "at = [0.5] was refused: an example of this task has 2 inputs."
    assert problem_of(Look(at=[0.5]), trainer) == sentence
    json.dumps(pointed_at(trainer, Look(at=[1e30, -1e30])), allow_nan=False)


def test_points_are_drawn_at_their_coordinates() -> None:
    run = LiveRun(Trainer(RunConfig.from_settings({"features": "all"})))
    header, arrays = look_at(run, Look(expert=3, plain=True))
    assert (header["picture"], header["pointed"]) == ("plane", None)
    np.testing.assert_array_equal(arrays["points"], Trainer(RunConfig()).task.probe_inputs)
    shapes = {arrays[name].shape for name in ("owner", "focus_answer", "focus_strength", "plain_prediction")}
    assert shapes == {(64, 64)}


def test_a_sample_shows_its_target_and_its_loss(run: LiveRun) -> None:
    task = run.trainer.task
    pointed = look_at(run, Look(sample=7))[0]["pointed"]
    assert pointed["inputs"] == task.test_inputs[7].tolist()
    assert pointed["target"] == int(task.test_targets[7])
    assert pointed["loss"] == pytest.approx(-np.log(pointed["probabilities"][pointed["target"]]), rel=1e-4)


def test_a_regression_has_no_probabilities() -> None:
    seen = pointed_at(Trainer(RunConfig.from_settings({"task": "piecewise"})), Look(at=[0.5]))
    assert seen["probabilities"] is None
    assert len(seen["answer"]) == 1


def test_nothing_is_pointed_at_by_itself(run: LiveRun) -> None:
    assert look_at(run, Look())[0]["pointed"] is None


@pytest.mark.parametrize("at", [[1e30, -1e30], [1e300, 1e300]])
def test_any_finite_place_can_be_looked_at(run: LiveRun, at: list[float]) -> None:
    seen = pointed_at(run.trainer, Look(at=at))
    json.dumps(seen, allow_nan=False)


def test_what_is_not_there_is_refused_in_a_sentence(run: LiveRun) -> None:
    sentence = "sample = 1000 was refused: it is a whole number from 0 to 999, a test example."
    assert problem_of(Look(sample=1000), run.trainer) == sentence
    assert problem_of(Look(at=[0.5]), run.trainer) == ("at = [0.5] was refused: an example of this task has 2 inputs.")
    assert problem_of(Look(sample=999, at=[0.5]), run.trainer) is None
    assert look_at(run, Look(sample=1000))[0]["pointed"] is None


def test_an_expert_in_focus_and_the_plain_network_are_drawn_when_asked_for(run: LiveRun) -> None:
    trainer, bounds = run.trainer, run.trainer.task.bounds
    assert bounds is not None
    arrays = look_at(run, Look(expert=3, plain=True))[1]
    answer, strength = draw_expert(trainer.model, bounds, 64, 3)
    np.testing.assert_array_equal(arrays["focus_answer"], answer)
    np.testing.assert_array_equal(arrays["focus_strength"], strength)
    np.testing.assert_array_equal(arrays["plain_prediction"], draw_plain(trainer.plain, bounds, 64))
    np.testing.assert_array_equal(arrays["expert_answers"], draw_experts(trainer.model, bounds, 24, 2))
    assert not {"focus_answer", "focus_strength", "plain_prediction"} & set(look_at(run, Look(expert=8))[1])
