"""Questions about a run at rest: what pulls at its router where its data is small, and how early it chose as now."""

import pytest
import torch

from moe_core.metrics import router_saturation
from moe_core.questions import MOST_LOOKS, pulls, saturation
from moe_core.trainer import Trainer
from tests.moe_core.cases import small_config, train

SEQUENCES: dict[str, object] = {"balancer": "sequence_loss", "sequence_coefficient": 1.0}


@pytest.mark.parametrize("sequence_length", [32, 64])
def test_a_sequence_longer_than_the_training_split_pulls_as_it_does_in_training(sequence_length: int) -> None:
    """A batch is drawn with replacement, so 20 examples fill sequences of 32. What pulls is finite, and not nothing."""
    settings = SEQUENCES | {"sequence_length": sequence_length, "batch_size": 64, "num_train": 20}
    trainer = train(Trainer(small_config(**settings)), 5)
    assert len(trainer.task.train_inputs) == 20
    tug = pulls(trainer)
    assert tug.task.isfinite().all()
    assert tug.balance.isfinite().all()
    assert tug.balance.any()


def test_a_split_that_is_repeated_pulls_as_it_does_once() -> None:
    """Both losses are means over the tokens."""
    small = {"num_train": 20, "balancer": "switch_loss"}
    once, thrice = (train(Trainer(small_config(batch_size=size, **small)), 0) for size in (20, 60))
    for one, other in ((pulls(once).task, pulls(thrice).task), (pulls(once).balance, pulls(thrice).balance)):
        torch.testing.assert_close(one, other)


def test_saturation_compares_kept_steps_with_the_present_routing() -> None:
    """Against the routing that was seen then, with an expert added and k changed on the way."""
    trainer = Trainer(small_config(k=1))
    seen = {0: trainer.evaluate().routing.assigned}
    seen[20] = train(trainer, 20).evaluate().routing.assigned
    trainer.do("add")
    trainer.do("k", 2)
    seen[40] = train(trainer, 20).evaluate().routing.assigned
    seen[45] = train(trainer, 5).evaluate().routing.assigned
    found = saturation(trainer)
    assert [step for step, _, _ in found] == [0, 20, 40, 45]
    for step, share, chance in found:
        assert share == pytest.approx(router_saturation(seen[step], seen[45]))
        assert chance == pytest.approx((1 if step <= 20 else 2) / 5)
    assert found[-1][1] == 1.0


def test_saturation_looks_at_so_many_steps_at_most_and_at_none_that_is_still_to_come() -> None:
    trainer = train(Trainer(small_config()), 1000)
    steps = [step for step, _, _ in saturation(trainer)]
    assert len(steps) <= MOST_LOOKS
    assert (steps[0], steps[-1]) == (0, 1000)
    trainer.go_back(40)
    assert [step for step, _, _ in saturation(trainer)] == [0, 20, 40]
