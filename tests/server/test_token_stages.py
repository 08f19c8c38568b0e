"""What a frame tells of each stage of a token: the core's own numbers, and no others."""

import json
from typing import Any

import pytest
import torch

from moe_core.config import TABLE
from moe_core.token_losses import nearest_example, token_losses
from moe_core.trace import trace
from moe_core.trainer import Trainer
from server.pointing import pointed_of, problem_of
from server.protocol import Look
from tests.moe_core.cases import small_config, train

AT = [0.3, 0.4]
OFFSETS = [1.0, 0.0, -0.5, 0.0]


def pointed(trainer: Trainer, **look: Any) -> dict[str, Any]:
    found = pointed_of(trainer, Look(at=AT, stages=True, **look), trainer.evaluate().routing)
    assert found is not None
    json.dumps(found, allow_nan=False)
    return found


@pytest.mark.parametrize("router", TABLE["router"].choices)
def test_stages_are_the_cores_numbers_for_the_same_token_offsets_and_draw(router: str) -> None:
    trainer = train(Trainer(small_config(router=router)), 5)
    if not trainer.config.router.by_own_logits:
        assert pointed(trainer)["stages"] is None
        return
    inputs, offsets = torch.tensor(AT), torch.tensor(OFFSETS)
    seen = pointed(trainer, logit_offsets=OFFSETS, draw=2)
    own, clean = trace(trainer.model, inputs, offsets, draw=2), trace(trainer.model, inputs, offsets)
    assert [expert["gate"] for expert in seen["experts"]] == own.gates.tolist()
    assert seen["answer"] == own.answer.tolist()
    stages, routing = seen["stages"], trainer.evaluate().routing
    assert stages["clean"] == clean.logits.tolist()
    example = nearest_example(trainer.task, inputs)
    target = trainer.task.test_targets[example]
    assert (stages["example"], stages["target"]) == (example, [int(target)])
    losses = token_losses(
        trainer.model,
        inputs,
        target,
        task_loss=trainer.task_loss,
        load=routing.load,
        offsets=offsets,
        draw=2,
    )
    assert stages["loss"] == float(losses.loss)
    for name in ("slopes", "gradient", "pull"):
        assert stages[name] == getattr(losses, name).tolist()
    assert stages["load"] == pytest.approx(routing.load.tolist())
    assert stages["importance"] == pytest.approx(routing.importance.tolist())


def test_the_noise_is_what_the_router_added_in_this_draw() -> None:
    trainer = train(Trainer(small_config(router="noisy_top_k")), 5)
    seen = pointed(trainer, draw=7)
    own = trace(trainer.model, torch.tensor(AT), draw=7)
    assert seen["stages"]["noise"] == pytest.approx((own.selection - own.logits).tolist(), abs=1e-6)
    assert all(std > 0 for std in seen["stages"]["noise_std"])
    without = pointed(trainer)["stages"]
    assert (without["noise"], without["noise_std"], without["draw"]) == ([0.0] * 4, None, None)


def test_jitter_shows_as_what_it_does_to_the_logits() -> None:
    trainer = train(Trainer(small_config(router="switch", input_jitter=0.3)), 5)
    own, clean = (trace(trainer.model, torch.tensor(AT), draw=draw) for draw in (4, None))
    noise = pointed(trainer, draw=4)["stages"]["noise"]
    assert noise == pytest.approx((own.logits - clean.logits).tolist(), abs=1e-6)
    assert any(abs(value) > 1e-3 for value in noise)


def test_logits_can_be_written_out_from_what_is_told_of_them() -> None:
    trainer = train(Trainer(small_config(temperature=0.5)), 5)
    stages = pointed(trainer, logit_offsets=OFFSETS)["stages"]
    scores = stages["scores"]
    for expert, logit in enumerate(stages["clean"]):
        score = sum(w * x for w, x in zip(scores["weight"][expert], AT, strict=True)) + scores["bias"][expert]
        assert score / scores["temperature"] + OFFSETS[expert] == pytest.approx(logit, abs=1e-5)


def test_the_balance_loss_counts_with_its_coefficient_or_not_at_all() -> None:
    switched = Trainer(small_config(balancer="switch_loss", balance_coefficient=0.3))
    assert pointed(switched)["stages"]["coefficient"] == 0.3
    assert pointed(Trainer(small_config(balancer="none")))["stages"]["coefficient"] == 0.0


def test_products_are_those_that_a_run_is_priced_by() -> None:
    trainer = Trainer(small_config(num_shared=1))
    products = pointed(trainer)["stages"]["products"]
    assert products == {"router": 8, "expert": 16, "shared": 1}


def test_offsets_that_do_not_fit_are_refused_in_a_sentence() -> None:
    trainer = Trainer(small_config())
    assert problem_of(Look(at=AT, logit_offsets=[0.5, 1.0]), trainer) == (
        "logit_offsets = [0.5, 1.0] was refused: it has a number for each of the 4 experts."
    )
    assert problem_of(Look(at=AT, logit_offsets=OFFSETS), trainer) is None
    assert problem_of(Look(at=AT, logit_offsets=OFFSETS), Trainer(small_config(router="soft"))) == (
        "logit_offsets = [1.0, 0.0, -0.5, 0.0] was refused: with this router a token's own logits do not decide what "
        "it gets."
    )
    assert pointed_of(trainer, Look(at=AT, logit_offsets=[1.0]), trainer.evaluate().routing) is None


@pytest.mark.parametrize("target", [0, 1])
def test_a_target_that_a_person_chooses_is_the_one_the_answer_is_held_against(target: int) -> None:
    trainer = train(Trainer(small_config()), 5)
    inputs, load = torch.tensor(AT), trainer.evaluate().routing.load
    stages = pointed(trainer, target=target)["stages"]
    own = token_losses(trainer.model, inputs, torch.tensor(target), task_loss=trainer.task_loss, load=load)
    assert (stages["target"], stages["loss"]) == ([target], float(own.loss))
    assert stages["gradient"] == own.gradient.tolist()
    nearest = trainer.task.test_targets[nearest_example(trainer.task, inputs)]
    assert stages["nearest"] == pointed(trainer)["stages"]["target"] == [int(nearest)]


def test_the_value_that_a_regression_is_held_against_is_any_number() -> None:
    trainer = Trainer(small_config(task="piecewise"))
    seen = pointed_of(trainer, Look(at=[0.3], stages=True, target=-1.5), trainer.evaluate().routing)
    assert seen is not None
    assert seen["stages"]["target"] == [-1.5]
    assert seen["stages"]["loss"] == pytest.approx((seen["answer"][0] + 1.5) ** 2)


@pytest.mark.parametrize("target", [-1, 2, 0.5])
def test_a_target_that_is_no_class_is_refused_in_a_sentence(target: float) -> None:
    said = f"target = {target:g} was refused: it is a class, a whole number from 0 to 1."
    assert problem_of(Look(at=AT, target=target), Trainer(small_config())) == said
