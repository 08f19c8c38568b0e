"""What one token teaches: the gradients on its logits are those that small changes measure, for every router."""

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from moe_core.config import TABLE
from moe_core.token_losses import TokenLosses, nearest_example, token_losses
from moe_core.trace import Trace, trace
from moe_core.trainer import Trainer
from tests.moe_core.cases import fingerprint, small_config, train

ROUTERS = [name for name in TABLE["router"].choices if small_config(router=name).router.by_own_logits]
STEP = 1e-2


def losses_of(trainer: Trainer, number: int, offsets: Tensor | None = None, draw: int | None = None) -> TokenLosses:
    """Of a test example."""
    task = trainer.task
    load = trainer.evaluate().routing.load
    return token_losses(
        trainer.model,
        task.test_inputs[number],
        task.test_targets[number],
        task_loss=trainer.task_loss,
        load=load,
        offsets=offsets,
        draw=draw,
    )


@pytest.mark.parametrize("router", ROUTERS)
@pytest.mark.parametrize("draw", [None, 3])
def test_gradients_are_what_small_moves_of_the_logits_measure(router: str, draw: int | None) -> None:
    """By central differences in float64, as long as the same experts stay chosen."""
    trainer = train(Trainer(small_config(router=router)), 20)
    trainer.model.double()
    load = torch.tensor([0.4, 0.3, 0.2, 0.1], dtype=torch.float64)
    measured = 0
    for number in range(8):
        inputs, target = trainer.task.test_inputs[number].double(), trainer.task.test_targets[number]
        found = token_losses(trainer.model, inputs, target, task_loss=trainer.task_loss, load=load, draw=draw)
        for expert, move in enumerate(STEP * torch.eye(4, dtype=torch.float64)):
            up, down = (trace(trainer.model, inputs, moved, draw) for moved in (move, -move))
            if torch.equal(up.assigned, down.assigned):
                measured += 1
                rise = value_at(up, target, load) - value_at(down, target, load)
                wanted = torch.stack([found.gradient[expert], found.pull[expert]])
                torch.testing.assert_close(rise / (2 * STEP), wanted, rtol=0, atol=2e-4)
    assert measured > 20


def value_at(seen: Trace, target: Tensor, load: Tensor) -> Tensor:
    """The token's cross-entropy, and E sum f p."""
    return torch.stack([functional.cross_entropy(seen.answer, target), len(load) * (load * seen.probs).sum()])


def test_the_loss_is_the_tasks_own_and_slopes_are_those_along_the_gates() -> None:
    """dl/dg_e = (softmax(y) - the target's one) . f_e, written out for a cross-entropy."""
    trainer = train(Trainer(small_config(k=2)), 20)
    found, target = losses_of(trainer, 4), int(trainer.task.test_targets[4])
    seen = trace(trainer.model, trainer.task.test_inputs[4])
    probabilities = seen.answer.softmax(0)
    assert float(found.loss) == pytest.approx(-float(probabilities[target].log()), rel=1e-4)
    slope = probabilities - functional.one_hot(torch.tensor(target), len(probabilities))
    torch.testing.assert_close(found.slopes, seen.answers @ slope, rtol=1e-4, atol=1e-6)


def test_the_pull_of_the_balance_loss_is_that_of_a_softmax() -> None:
    trainer = train(Trainer(small_config()), 20)
    seen, load = trace(trainer.model, trainer.task.test_inputs[2]), trainer.evaluate().routing.load
    written = 4 * seen.probs * (load - (load * seen.probs).sum())
    torch.testing.assert_close(losses_of(trainer, 2).pull, written, rtol=1e-4, atol=1e-6)


@pytest.mark.parametrize("router", ["top_k", "sigmoid", "cosine"])
def test_a_renormalised_gate_of_one_expert_teaches_the_router_nothing(router: str) -> None:
    """Often claimed otherwise. The gate is 1, so the task's gradient is zero; without it, it is not."""
    for renormalize, teaches in ((True, False), (False, True)):
        trainer = train(Trainer(small_config(router=router, k=1, renormalize=renormalize)), 20)
        gradients = torch.stack([losses_of(trainer, number).gradient for number in range(20)])
        assert bool((gradients.abs() > 1e-6).any()) is teaches


def test_following_losses_changes_nothing() -> None:
    trainer = train(Trainer(small_config(router="noisy_top_k")), 3)
    before = fingerprint(trainer)
    losses_of(trainer, 0, offsets=torch.ones(4), draw=1)
    assert fingerprint(trainer) == before
    assert all(parameter.grad is None or parameter.grad.isfinite().all() for parameter in trainer.model.parameters())
    assert trainer.model.router.moved is None


def test_a_place_gets_the_target_of_the_nearest_example() -> None:
    task = Trainer(small_config()).task
    assert [nearest_example(task, task.test_inputs[number] + 1e-6) for number in (0, 5, 9)] == [0, 5, 9]
