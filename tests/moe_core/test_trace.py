"""One token followed through the layer: the layer's own numbers, and they add up."""

import pytest
import torch
from torch import Tensor

from moe_core.model import evaluation_mode
from moe_core.routers import LinearRouter
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


every_kind_by_own_logits = pytest.mark.parametrize(
    "settings", [settings for settings in every_choice() if small_config(**settings).router.by_own_logits], ids=str
)
OFFSETS = torch.tensor([1.5, -2.0, 0.0, 0.25])


@every_kind_by_own_logits
def test_moved_logits_are_the_routers_own_with_so_much_added(settings: dict[str, object]) -> None:
    trainer = train(Trainer(small_config(**settings)), 3)
    before, shared = fingerprint(trainer), global_random_states()
    inputs = trainer.task.test_inputs[3]
    moved, own = trace(trainer.model, inputs, OFFSETS), trace(trainer.model, inputs)
    torch.testing.assert_close(moved.logits, own.logits + OFFSETS)
    torch.testing.assert_close(trace(trainer.model, inputs, torch.zeros(4)).answer, own.answer)
    assert (fingerprint(trainer), global_random_states()) == (before, shared)
    torch.testing.assert_close(trace(trainer.model, inputs).logits, own.logits, rtol=0, atol=0)


LINEAR = ("top_k", "switch", "noisy_top_k", "gshard", "sigmoid", "top_p", "relu", "group_limited", "dense")


@pytest.mark.parametrize("router", LINEAR)
@pytest.mark.parametrize("temperature", [0.5, 1.0, 3.0])
def test_moving_logits_does_what_another_bias_would(router: str, temperature: float) -> None:
    """h = (x W + b) / temperature: a bias larger by temperature times the offsets gives the same logits."""
    trainer = train(Trainer(small_config(router=router, temperature=temperature)), 3)
    other = train(Trainer(small_config(router=router, temperature=temperature)), 3)
    assert isinstance(other.model.router, LinearRouter)
    assert other.model.router.bias is not None
    other.model.router.bias.data += temperature * OFFSETS
    for inputs in trainer.task.test_inputs[:5]:
        moved, biased = trace(trainer.model, inputs, OFFSETS), trace(other.model, inputs)
        for name, value in vars(moved).items():
            torch.testing.assert_close(value, getattr(biased, name), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("router", ["noisy_top_k", "gshard", "switch"])
def test_a_draw_follows_the_token_as_in_training_and_the_run_does_not_notice(router: str) -> None:
    settings = {"switch": {"input_jitter": 0.3}, "gshard": {"second_threshold": 1.0}}.get(router, {})
    trainer = train(Trainer(small_config(router=router, **settings)), 3)
    before = fingerprint(trainer)
    inputs = trainer.task.test_inputs[0]
    draws = [trace(trainer.model, inputs, draw=draw) for draw in range(30)]
    again = [trace(trainer.model, inputs, draw=draw) for draw in range(30)]
    assert all(torch.equal(one.gates, other.gates) for one, other in zip(draws, again, strict=True))
    assert len({str(one.gates.tolist()) for one in draws}) > 1
    assert fingerprint(trainer) == before
    assert trainer.model.router.training


def test_a_draw_is_nothing_to_a_router_that_draws_nothing() -> None:
    trainer = train(Trainer(small_config()), 3)
    inputs = trainer.task.test_inputs[0]
    assert torch.equal(trace(trainer.model, inputs, draw=5).gates, trace(trainer.model, inputs).gates)
