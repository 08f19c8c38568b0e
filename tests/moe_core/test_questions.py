"""Questions about a run at rest whose data is small."""

import pytest
import torch

from moe_core.questions import pulls
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
