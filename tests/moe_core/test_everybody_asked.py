"""k = E: every token is sent to every expert, so a balancer that counts tokens has nothing to even. It is not refused,
since k is live; it changes nothing, as the help of k says."""

import pytest
import torch

from moe_core.config import TABLE
from moe_core.trainer import Trainer
from tests.moe_core.cases import small_config, train

COUNTING: dict[str, dict[str, object]] = {
    "switch_loss": {"balance_coefficient": 1.0},
    "sequence_loss": {"sequence_coefficient": 1.0},
    "importance_and_load": {"importance_coefficient": 0.0, "load_coefficient": 1.0},
    "loss_free": {"bias_rate": 0.1},
}
"""Each balancer that counts, at a strength that is felt where there is something to count."""

each = pytest.mark.parametrize("balancer", COUNTING)


def trainer_with(balancer: str, k: int) -> Trainer:
    settings = COUNTING.get(balancer, {})
    return Trainer(small_config(router="noisy_top_k", k=k, balancer=balancer, optimizer="sgd", **settings))


def weights(trainer: Trainer) -> torch.Tensor:
    return torch.cat([parameter.detach().flatten() for parameter in trainer.model.parameters()])


@each
def test_with_k_of_k_experts_a_balancer_that_counts_changes_nothing(balancer: str) -> None:
    """With one expert fewer it does: what is compared here can differ."""
    for k, alike in ((4, True), (3, False)):
        balanced, plain = (train(trainer_with(name, k), 30) for name in (balancer, "none"))
        assert balanced.num_experts == 4
        close = torch.allclose(weights(balanced), weights(plain), rtol=1e-4, atol=1e-5)
        loads = torch.tensor(balanced.evaluate().load), torch.tensor(plain.evaluate().load)
        assert (close and torch.equal(*loads)) == alike


@each
def test_k_can_be_raised_to_all_experts_and_lowered_again_while_it_trains(balancer: str) -> None:
    trainer = train(trainer_with(balancer, 2), 5)
    trainer.do("k", 4)
    record = train(trainer, 5).step()
    assert trainer.evaluate().load.tolist() == [0.25] * 4
    assert torch.tensor([record.loss, record.balance_loss]).isfinite().all()
    trainer.do("k", 2)
    assert torch.tensor(train(trainer, 5).step().loss).isfinite()
    assert weights(trainer).isfinite().all()


def test_the_help_of_k_says_it() -> None:
    assert "balancers that count tokens change nothing" in TABLE["k"].help
