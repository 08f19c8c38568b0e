"""The entropy loss and the mutual-information loss, by hand."""

import math

import pytest
import torch
from torch import Tensor

from moe_core.config import ConfigError, RunConfig
from moe_core.losses import entropy_loss, mutual_information_loss
from moe_core.metrics import effective_experts, router_entropy
from moe_core.metrics import mutual_information as counted_information
from moe_core.routing import SlotRouting, TokenRouting
from moe_core.trainer import Trainer
from tests.moe_core.cases import random_tokens, routing_of, small_config, train


def believed(probs: Tensor) -> TokenRouting:
    """A routing whose probabilities matter and nothing else."""
    return routing_of(probs, probs > 0.5)


def test_entropy_by_hand() -> None:
    """ln 2 and 0: their mean is ln 2 / 2."""
    routing = believed(torch.tensor([[0.5, 0.5], [1.0, 0.0]]))
    assert float(entropy_loss(routing)) == pytest.approx(math.log(2) / 2)


def test_the_entropy_loss_is_the_metric_of_that_name() -> None:
    routing = believed(random_tokens(20, 5).softmax(-1))
    assert float(entropy_loss(routing)) == pytest.approx(router_entropy(routing.probs))


@pytest.mark.parametrize(
    ("probs", "loss"),
    [
        ([[1.0, 0.0], [0.0, 1.0]], -math.log(2)),  # sure and even
        ([[1.0, 0.0], [1.0, 0.0]], 0.0),  # sure, and always the same
        ([[0.5, 0.5], [0.5, 0.5]], 0.0),  # even, and never sure
        # P = (1/2, 1/2), and H of each token is -(3/4 ln 3/4 + 1/4 ln 1/4) = 0.562335.
        ([[0.75, 0.25], [0.25, 0.75]], 0.562335 - math.log(2)),
    ],
)
def test_mutual_information_by_hand(probs: list[list[float]], loss: float) -> None:
    assert float(mutual_information_loss(believed(torch.tensor(probs)))) == pytest.approx(loss, abs=1e-6)


def test_mutual_information_is_that_of_expert_and_token() -> None:
    """The table of a metric, with every token a label of its own that is drawn once, gives the same."""
    probs = random_tokens(7, 4).softmax(-1)
    assert -float(mutual_information_loss(believed(probs))) == pytest.approx(counted_information(probs.T), abs=1e-6)


def test_its_gradient_by_its_definition() -> None:
    """dL/dp_te = (1/T) (log P_e - log p_te): the constants 1 cancel."""
    probs = random_tokens(6, 4).softmax(-1).requires_grad_()
    (gradient,) = torch.autograd.grad(mutual_information_loss(believed(probs)), probs)
    torch.testing.assert_close(gradient, (probs.mean(0).log() - probs.log()).detach() / 6)


@pytest.mark.parametrize("loss", [entropy_loss, mutual_information_loss])
def test_a_probability_of_zero_has_a_finite_gradient(loss: object) -> None:
    assert callable(loss)
    logits = torch.tensor([[0.0, -1e9, 300.0], [0.0, 0.0, -1e9]], requires_grad=True)
    value = loss(believed(logits.softmax(-1)))
    (gradient,) = torch.autograd.grad(value, logits)
    assert bool(value.isfinite())
    assert bool(gradient.isfinite().all())


def test_slots_have_both() -> None:
    weights = random_tokens(4, 6).softmax(-1).view(4, 3, 2)
    routing = SlotRouting(weights, weights, weights.sum(-1).log())
    assert 0 < float(entropy_loss(routing)) < math.log(3)
    assert -math.log(3) < float(mutual_information_loss(routing)) < 0


@pytest.mark.parametrize("seed", [0, 1, 2])
def test_mutual_information_evens_the_load(seed: int) -> None:
    """Against no balancer, on digits, after 300 steps: more effective experts, and a choice that says more of a token.

    Not all of them: one of the eight that no token gives any probability by then is not called back.
    """
    settings: dict[str, object] = {"task": "digits", "router": "switch", "num_experts": 8, "seed": seed}
    free = train(Trainer(small_config(balancer="none", **settings)), 300).evaluate()
    pulled = train(
        Trainer(small_config(balancer="mutual_information", information_coefficient=1.0, **settings)), 300
    ).evaluate()
    assert pulled.effective_experts > free.effective_experts + 1
    assert effective_experts(pulled.routing.importance) > 6.0
    assert float(mutual_information_loss(pulled.routing)) < float(mutual_information_loss(free.routing)) - 0.3


def test_the_entropy_loss_lowers_the_number_of_experts_that_top_p_asks() -> None:
    settings: dict[str, object] = {"task": "digits", "router": "top_p", "p": 0.9, "num_experts": 8}

    def asked(**balancer: object) -> float:
        trainer = train(Trainer(small_config(**settings, **balancer)), 100)
        return float(trainer.evaluate().routing.assigned.sum(-1).float().mean())

    assert asked(balancer="entropy_loss", entropy_coefficient=1.0) < asked(balancer="none") - 0.2


def test_entropy_is_refused_where_there_is_no_softmax_to_be_sure_with() -> None:
    with pytest.raises(ConfigError, match="entropy_loss has no meaning when router is relu"):
        RunConfig.from_settings({"balancer": "entropy_loss", "router": "relu"})
