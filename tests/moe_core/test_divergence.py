"""Training that cannot go on stops before it does harm, says why, and can be rewound."""

from collections.abc import Callable

import pytest
import torch
from torch import Tensor

from moe_core.divergence import Diverged
from moe_core.trainer import Trainer
from tests.moe_core.cases import fingerprint, small_config, train


def diverge(trainer: Trainer) -> str:
    """Train until it diverges: the sentence. State, curves and kept states must then be as the last step left them.

    The batch was drawn, and the noise with it: only the generators have moved.
    """

    def state() -> dict[str, Tensor]:
        tensors = trainer.state().tensors
        held = {name: tensor for name, tensor in tensors.items() if not name.startswith("generator.")}
        return held | {"history": torch.from_numpy(trainer.history.rows())}

    for _ in range(100):
        before, step_count, kept = state(), trainer.step_count, trainer.kept.steps
        try:
            trainer.step()
        except Diverged as diverged:
            assert (trainer.step_count, trainer.kept.steps) == (step_count, kept)
            torch.testing.assert_close(state(), before, rtol=0, atol=0, equal_nan=True)
            return str(diverged)
    raise AssertionError("it did not diverge")


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"task": "digits"},
        {"router": "switch", "task": "moons"},
        {"task": "piecewise"},
        {"router": "noisy_top_k", "balancer": "importance_and_load"},
        {"optimizer": "sgd"},
        {"optimizer": "adamw"},
    ],
    ids=str,
)
def test_a_learning_rate_of_a_million_diverges(settings: dict[str, object]) -> None:
    """The last finite state is kept, however often one tries again."""
    trainer = Trainer(small_config(learning_rate=1e6, baseline_learning_rate=1e6, **settings))
    sentence = diverge(trainer)
    assert sentence.startswith(f"Training diverged after step {trainer.step_count}: the ")
    assert sentence.endswith(".")
    assert all(bool(parameter.isfinite().all()) for parameter in trainer.parameters.values())
    assert all(isinstance(value, float) for value in trainer.measure().values())
    kept = fingerprint(trainer)
    for _ in range(3):
        with pytest.raises(ArithmeticError) as again:
            trainer.step()
        assert str(again.value) == sentence
    assert fingerprint(trainer) == kept


def test_a_live_learning_rate_of_a_million_diverges_and_rewinding_recovers() -> None:
    """After the rewind with a sane rate the run is the one that always had that rate."""
    trainer = train(Trainer(small_config()), 5)
    trainer.do("learning_rate", 1e6)
    diverge(trainer)
    trainer.do("learning_rate", 0.01)
    with pytest.raises(Diverged):
        trainer.step()
    trainer.rewind()
    assert fingerprint(train(trainer, 15)) == fingerprint(train(Trainer(small_config()), 15))


def break_value(tensor: Tensor, value: float) -> None:
    with torch.no_grad():
        tensor.view(-1)[0] = value


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
@pytest.mark.parametrize(
    ("part", "named"),
    [
        (lambda trainer: trainer.model.experts.w_in[2], "the loss"),
        (lambda trainer: trainer.plain.w_out, "the plain network's loss"),
        (lambda trainer: trainer.wide.w_out, "the wide network's loss"),
    ],
    ids=["one expert", "plain network", "wide network"],
)
def test_a_broken_weight_is_found_in_its_own_loss(part: Callable[[Trainer], Tensor], named: str, value: float) -> None:
    trainer = train(Trainer(small_config()), 3)
    break_value(part(trainer), value)
    assert f"after step 3: {named} is " in diverge(trainer)


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -float("inf")])
def test_broken_logits_are_named(value: float) -> None:
    """Also where the loss stays finite: an expert at minus infinity is never asked. The last state can be looked at."""
    trainer = train(Trainer(small_config()), 3)
    break_value(trainer.model.router.get_parameter("bias"), value)
    assert diverge(trainer) == "Training diverged after step 3: the router's logits are not finite."
    assert all(isinstance(value, float) for value in trainer.measure().values())


@pytest.mark.parametrize("name", ["model.experts.w_in", "model.router.weight", "plain.b_out", "wide.w_in"])
def test_a_broken_gradient_is_named(name: str) -> None:
    """All losses are finite, and one number of one gradient is not."""
    trainer = train(Trainer(small_config()), 3)

    def poison(gradient: Tensor) -> Tensor:
        poisoned = gradient.clone()
        break_value(poisoned, float("nan"))
        return poisoned

    hook = trainer.parameters[name].register_hook(poison)  # type: ignore[no-untyped-call]
    assert diverge(trainer) == f"Training diverged after step 3: the gradient of {name} is not finite."
    hook.remove()
    with pytest.raises(Diverged):
        trainer.step()


def test_a_loss_that_is_huge_but_finite_has_diverged() -> None:
    trainer = train(Trainer(small_config()), 3)
    with torch.no_grad():
        trainer.plain.b_out.copy_(torch.tensor([1e8, -1e8]))
    assert "the plain network's loss is " in diverge(trainer)


def test_a_step_that_diverged_has_drawn_nothing() -> None:
    """So who goes back to it and tries again meets the same batch and the same noise."""
    trainer = Trainer(small_config(router="noisy_top_k", learning_rate=1e6))
    diverge(trainer)
    end = fingerprint(trainer)
    for _ in range(2):
        trainer.go_back(0)
        trainer.go_back(trainer.kept.last_step)
        assert fingerprint(trainer) == end
        diverge(trainer)
        assert fingerprint(trainer) == end
