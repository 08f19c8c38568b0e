"""One token followed through the layer: the layer's own numbers, and they add up."""

import pytest
import torch
from torch import Tensor

from moe_core.model import evaluation_mode
from moe_core.routing import Routing, TokenRouting
from moe_core.trace import Trace, trace
from moe_core.trainer import Trainer
from tests.moe_core.cases import every_choice, fingerprint, parts, small_config, train
from tests.moe_core.test_determinism import meddled
from tests.moe_core.test_trainer import global_random_states

every_kind = pytest.mark.parametrize("settings", every_choice(), ids=str)


def followed(trainer: Trainer, number: int) -> Trace:
    """A test example through the layer."""
    return trace(trainer.model, trainer.task.test_inputs[number])


@every_kind
def test_a_trace_holds_the_layers_own_numbers(settings: dict[str, object]) -> None:
    """Those of a forward pass over the whole test split, in evaluation mode. A batch may round in another way."""
    trainer = train(Trainer(small_config(**settings)), 5)
    routing = trainer.evaluate().routing
    trainer.model.eval()
    with torch.inference_mode():
        outputs, _ = trainer.model(trainer.task.test_inputs)
        answers = trainer.model.expert_outputs(trainer.task.test_inputs)
    trainer.model.train()
    for number in (0, 7):
        seen, place = followed(trainer, number), number
        if trainer.config.router.looks_at_batch or not trainer.config.router.learns:
            # What it gets depends on the tokens beside it, or on its place: it is followed as a batch of one.
            outputs, routing, place = *alone(trainer, number), 0
        for name, wanted in parts(routing).items():
            torch.testing.assert_close(getattr(seen, name), wanted[place], rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(seen.answers, answers[:, number], rtol=1e-4, atol=1e-6)
        torch.testing.assert_close(seen.answer, outputs[place], rtol=1e-4, atol=1e-6)


def alone(trainer: Trainer, number: int) -> tuple[Tensor, Routing]:
    with evaluation_mode(trainer.model):
        outputs, routing = trainer.model(trainer.task.test_inputs[number : number + 1])
    return outputs, routing


@every_kind
def test_the_answer_is_the_sum_of_the_answers_times_the_gates(settings: dict[str, object]) -> None:
    trainer = train(Trainer(small_config(**settings)), 5)
    seen = followed(trainer, 3)
    combined = sum((gate * answer for gate, answer in zip(seen.gates, seen.answers, strict=True)), seen.shared)
    torch.testing.assert_close(seen.answer, combined, rtol=1e-5, atol=1e-6)
    assert not seen.gates[~seen.kept].any()


@every_kind
def test_following_a_token_changes_nothing(settings: dict[str, object]) -> None:
    """No number is drawn, and the model is left in training."""
    trainer = train(Trainer(small_config(**settings)), 3)
    before, shared = fingerprint(trainer), global_random_states()
    followed(trainer, 0)
    assert (fingerprint(trainer), global_random_states()) == (before, shared)
    assert trainer.model.router.training


def test_a_trace_shows_what_was_done_to_the_experts() -> None:
    """A killed expert has no probability and an answer all the same; experts that were added are there."""
    trainer = meddled({})
    trainer.do("kill", 0)
    seen = followed(trainer, 0)
    assert len(seen.probs) == len(seen.answers) == trainer.num_experts == 6
    assert seen.probs[0] == 0.0
    assert not seen.assigned[0]
    assert seen.answers[0].any()
    assert seen.assigned[5], "expert 6 is forced"


def test_a_trace_has_every_field_of_the_routing_that_a_token_has_a_row_of() -> None:
    """Beside the noise, which evaluation has none of, the residual, and what is said of all tokens together."""
    left_out, of_answers = {"residual", "capacity", "noise_std", "target"}, {"answers", "shared", "answer"}
    assert set(TokenRouting.__dataclass_fields__) - left_out == set(Trace.__dataclass_fields__) - of_answers
