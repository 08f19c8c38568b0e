"""Experts that every token asks: what they add, and what they are no part of."""

import pytest
import torch
from torch import Generator, Tensor

from moe_core.config import RunConfig, cost
from moe_core.layer import MoELayer
from moe_core.model import build_mixture
from moe_core.questions import ablation
from moe_core.trace import trace
from moe_core.trainer import Trainer
from tests.moe_core.cases import (
    NUM_EXPERTS,
    mlp_experts,
    new_router,
    random_tokens,
    router_configs,
    small_config,
    train,
)
from tests.moe_core.naive_layer import naive_expert


@pytest.mark.parametrize("num_shared", [1, 3])
def test_the_output_is_that_of_the_chosen_experts_and_the_sum_of_the_shared(num_shared: int) -> None:
    router, experts = new_router(router_configs()[0], 3), mlp_experts(NUM_EXPERTS, 3, 6, 2, seed=1)
    shared, x = mlp_experts(num_shared, 3, 4, 2, seed=2), random_tokens(9, 3)
    without, _ = MoELayer(router, experts)(x)
    output, _ = MoELayer(router, experts, shared=shared)(x)
    for token, (mine, its) in enumerate(zip(output, without, strict=True)):
        added = sum((naive_expert(shared, number, x[token]) for number in range(num_shared)), torch.zeros(()))
        torch.testing.assert_close(mine, its + added)


@pytest.mark.parametrize("router", ["top_k", "switch", "noisy_top_k", "dense", "group_limited"])
def test_the_routing_does_not_know_of_them(router: str) -> None:
    """Nor do the first weights of all else: a run with shared experts starts where the one without them does."""
    plain, with_two = (Trainer(small_config(router=router, num_shared=number)) for number in (0, 2))
    weights, others = (dict(trainer.model.named_parameters()) for trainer in (plain, with_two))
    assert others.keys() - weights.keys() == {f"shared.{name}" for name in ("w_in", "b_in", "w_out", "b_out")}
    assert all(torch.equal(weights[name], others[name]) for name in weights)
    assert torch.equal(plain.evaluate().routing.assigned, with_two.evaluate().routing.assigned)
    assert with_two.num_experts == 4
    assert len(with_two.model.router.offset) == 4


def test_they_learn_at_the_experts_rate_and_stand_still_without_one() -> None:
    trainer = Trainer(small_config(num_shared=2, learning_rate=0.0))
    before = shared_weights(trainer)
    train(trainer, 3)
    assert all(torch.equal(one, other) for one, other in zip(before, shared_weights(trainer), strict=True))
    trainer.do("learning_rate", 0.01)
    train(trainer, 1)
    assert not any(torch.equal(one, other) for one, other in zip(before, shared_weights(trainer), strict=True))


def test_interventions_on_the_others_leave_them_alone() -> None:
    trainer = train(Trainer(small_config(num_shared=2)), 5)
    before = shared_weights(trainer)
    for name, expert in (("clone", 1), ("add", None), ("kill", 0), ("revive_afresh", 0), ("freeze", 2)):
        trainer.do(name, expert)
    assert all(torch.equal(one, other) for one, other in zip(before, shared_weights(trainer), strict=True))
    assert trainer.num_experts == 6
    train(trainer, 5)
    assert not any(torch.equal(one, other) for one, other in zip(before, shared_weights(trainer), strict=True))


def test_with_every_gate_at_zero_the_shared_experts_answer_alone() -> None:
    """A token that was dropped everywhere still has them."""
    trainer = Trainer(small_config(num_shared=2, router="group_limited", routed_scaling=0.0))
    trainer.model.eval()
    x = trainer.task.test_inputs
    torch.testing.assert_close(trainer.model(x)[0], trainer.model.shared_output(x))


def test_a_trace_tells_what_they_add() -> None:
    trainer = train(Trainer(small_config(num_shared=2)), 5)
    seen = trace(trainer.model, trainer.task.test_inputs[3])
    assert seen.shared.abs().min() > 0
    torch.testing.assert_close(seen.shared, trainer.model.shared_output(trainer.task.test_inputs[3:4])[0])
    assert not trace(Trainer(small_config()).model, trainer.task.test_inputs[3]).shared.any()


def test_ablation_takes_out_one_of_the_others_and_leaves_them_in() -> None:
    """By hand: the gate of the expert is set to zero in the whole layer's sum."""
    trainer = train(Trainer(small_config(num_shared=1, k=2)), 30)
    task, model = trainer.task, trainer.model
    now = trainer.evaluate()
    falls = []
    with torch.no_grad():
        answers = model.expert_outputs(task.test_inputs)
        for expert in range(4):
            gates = now.routing.gates.clone()
            gates[:, expert] = 0.0
            output = torch.einsum("te,etc->tc", gates, answers) + model.shared_output(task.test_inputs)
            falls.append(now.test_score - float(task.objective.score(output, task.test_targets)))
    assert ablation(trainer) == pytest.approx(falls, abs=2e-3)


@pytest.mark.parametrize("loss", ["competitive", "likelihood"])
def test_a_loss_on_each_experts_own_answer_is_refused_with_them(loss: str) -> None:
    """It would leave them as they started, and their answers in the mixture's."""
    start = RunConfig.from_settings({"router": "dense", "balancer": "none", "num_shared": 1})
    _, problems = start.merge({"mixture_loss": loss})
    assert [str(problem) for problem in problems] == [
        f"mixture_loss = {loss} was refused: the mixture loss {loss} needs every expert's own answer to every token, "
        "and a shared expert's is part of all others'."
    ]
    _, problems = start.merge({"num_shared": 0, "mixture_loss": loss})
    assert problems == ()


@pytest.mark.parametrize(
    "settings", [{}, {"expert": "linear"}, {"task": "digits", "router": "dense", "balancer": "none"}], ids=str
)
def test_their_cost_by_hand(settings: dict[str, object]) -> None:
    """Two more experts asked by every token: in its products, in the parameters, and in the plain networks' widths."""
    without, config = (RunConfig.from_settings(settings | {"num_shared": number}) for number in (0, 2))
    shape, before, price = config.task.shape, cost(without), cost(config)
    products = config.expert.products(shape.num_inputs, shape.num_outputs)
    assert price.active_products == before.active_products + 2 * products
    assert price.plain_hidden == max(1, round(price.active_products / (shape.num_inputs + shape.num_outputs)))
    mixture = sum(parameter.numel() for parameter in build_mixture(config, Generator()).parameters())
    units = price.plain_hidden + price.wide_hidden
    one_unit = shape.num_inputs + 1 + shape.num_outputs
    assert price.parameters == mixture + units * one_unit + 2 * shape.num_outputs
    assert price.flops > before.flops
    assert price.bytes > before.bytes


def shared_weights(trainer: Trainer) -> list[Tensor]:
    assert trainer.model.shared is not None
    return [parameter.detach().clone() for parameter in trainer.model.shared.parameters()]
