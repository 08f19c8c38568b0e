"""A lockstep group whose members differ in what their mixtures are trained on."""

from moe_core.config import RunConfig
from moe_core.trainer import Trainer
from tests.server.test_lockstep import SETTINGS, equal, group, train


def test_members_may_differ_in_the_mixture_loss() -> None:
    """The batches are equal, and each member is the run alone that it would be."""
    dense: dict[str, object] = {"router": "dense", "balancer": "none"}
    likelihood = dense | {"mixture_loss": "likelihood"}
    run = group(dense, likelihood)
    train(run, 8)
    for member, changes in zip(run.members[1:], (dense, likelihood), strict=True):
        alone = Trainer(RunConfig.from_settings(SETTINGS).merge(changes)[0])
        for _ in range(8):
            alone.step()
        assert equal(member, alone)
    assert not equal(run.members[1], run.members[2])
