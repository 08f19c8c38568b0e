"""Who suffers without an expert: what a person would see who kills it in the run itself, which is left as it was."""

import pytest
import torch

from moe_core.config import presets
from moe_core.questions import who_suffers
from moe_core.trainer import Trainer
from tests.moe_core.cases import small_config, train


def by_hand(trainer: Trainer, expert: int) -> torch.Tensor:
    """The accuracy on each class before the expert is killed, minus that after."""

    def accuracies(run: Trainer) -> torch.Tensor:
        run.model.eval()
        answers = run.model(run.task.test_inputs)[0].argmax(-1)
        run.model.train()
        right = (answers == run.task.test_targets).double()
        return torch.stack([right[run.task.test_targets == label].mean() for label in range(run.task.num_outputs)])

    killed = trainer.fork()
    killed.do("kill", expert)
    return (accuracies(trainer) - accuracies(killed)).float()


@pytest.mark.parametrize("settings", [{"k": 1}, {"k": 2}, {"router": "expert_choice"}, {"router": "switch"}])
def test_it_is_the_accuracy_before_minus_that_after_the_expert_was_killed(settings: dict[str, object]) -> None:
    trainer = train(Trainer(small_config(**settings)), 60)
    before = trainer.state().tensors
    falls = who_suffers(trainer)["class"]
    for expert in range(trainer.num_experts):
        torch.testing.assert_close(falls[expert], by_hand(trainer, expert), atol=1e-5, rtol=0)
    assert all(torch.equal(tensor, before[name]) for name, tensor in trainer.state().tensors.items())


def test_an_expert_that_is_killed_already_is_missed_by_nobody() -> None:
    trainer = train(Trainer(small_config()), 20)
    trainer.do("kill", 1)
    assert not who_suffers(trainer)["class"][1].any()


def test_without_the_last_one_alive_nothing_is_known() -> None:
    trainer = Trainer(small_config(k=1))
    for expert in range(1, trainer.num_experts):
        trainer.do("kill", expert)
    assert who_suffers(trainer)["class"][0].isnan().all()


def test_parts_are_told_apart_where_the_data_has_them_also_for_a_regression() -> None:
    falls = who_suffers(Trainer(presets.load("specialists").config))
    assert {kind: table.shape for kind, table in falls.items()} == {"class": (8, 2), "cluster": (8, 8)}
    assert set(who_suffers(Trainer(small_config(task="piecewise")))) == {"cluster"}
