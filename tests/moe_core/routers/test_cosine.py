"""The cosine router by hand."""

import math

import pytest
import torch
from torch import Generator

from moe_core.config.routers import CosineRouterConfig
from moe_core.routers import CosineRouter
from moe_core.routers.cosine import LEAST_TAU
from moe_core.routers.router import KILLED, NEWBORN
from moe_core.trainer import Trainer
from tests.moe_core.cases import random_tokens, route, seeded, small_config, train


def hand_made(k: int = 2, renormalize: bool = False, tau_start: float = 0.5) -> CosineRouter:
    """The projection is the identity of the plane, and three experts look right, up and left, at different lengths."""
    router = CosineRouter(
        d_model=2,
        num_experts=3,
        generator=Generator(),
        k=k,
        renormalize=renormalize,
        d_embedding=2,
        tau_start=tau_start,
    )
    with torch.no_grad():
        router.projection.copy_(torch.eye(2))
        router.embeddings.copy_(torch.tensor([[5.0, 0.0], [0.0, 0.1], [-2.0, 0.0]]))
    return router


def test_logits_are_cosines_over_the_temperature() -> None:
    """The token (3, 4) has cosines 0.6, 0.8 and -0.6 with right, up and left."""
    routing = route(hand_made(), torch.tensor([[3.0, 4.0]]))
    assert routing.logits[0].tolist() == pytest.approx([1.2, 1.6, -1.2])


@pytest.mark.parametrize(("k", "renormalize"), [(1, False), (2, False), (2, True), (3, False), (1, True)])
def test_gates_by_hand(k: int, renormalize: bool) -> None:
    """A softmax over all experts, and then the best k of it."""
    powers = [math.exp(logit) for logit in (1.2, 1.6, -1.2)]
    chosen = {1: [1], 2: [0, 1], 3: [0, 1, 2]}[k]
    whole = sum(powers[e] for e in chosen) if renormalize else sum(powers)
    wanted = [powers[e] / whole if e in chosen else 0.0 for e in range(3)]
    routing = route(hand_made(k, renormalize), torch.tensor([[3.0, 4.0]]))
    assert routing.gates[0].tolist() == pytest.approx(wanted)


def test_the_lengths_of_tokens_and_of_rows_do_not_count() -> None:
    router, x = hand_made(), random_tokens(20, 2)
    before = route(router, x)
    with torch.no_grad():
        router.embeddings.mul_(torch.tensor([[7.0], [0.01], [100.0]]))
    for found in (route(router, x), route(router, 30.0 * x)):
        torch.testing.assert_close(found.gates, before.gates)


def test_a_token_without_a_direction_is_indifferent() -> None:
    routing = route(hand_made(), torch.zeros(1, 2))
    assert routing.logits[0].tolist() == [0.0, 0.0, 0.0]
    assert routing.probs[0].tolist() == pytest.approx([1 / 3] * 3)


def test_the_temperature_starts_where_it_is_told_and_stays_positive() -> None:
    router = hand_made(tau_start=0.3)
    assert float(router.tau.detach()) == pytest.approx(0.3)
    with torch.no_grad():
        router.log_tau.fill_(-1000.0)
    assert float(router.tau.detach()) == pytest.approx(LEAST_TAU)
    assert bool(route(router, random_tokens(9, 2)).gates.isfinite().all())


def test_the_temperature_is_learned_through_the_gates_and_not_through_the_probabilities() -> None:
    """So no loss on the probabilities is lowered by a hotter softmax."""
    router = hand_made()
    routing = route(router, random_tokens(9, 2))
    torch.testing.assert_close(routing.gates, routing.probs * routing.assigned)
    (taught,) = torch.autograd.grad(routing.gates.square().sum(), router.log_tau, retain_graph=True)
    assert float(taught.abs()) > 1e-3
    (untaught,) = torch.autograd.grad(routing.probs.square().sum(), router.log_tau, allow_unused=True)
    assert untaught is None


def test_training_moves_the_temperature_and_the_projection() -> None:
    trainer = Trainer(small_config(router="cosine"))
    router = trainer.model.router
    assert isinstance(router, CosineRouter)
    tau, projection = float(router.tau.detach()), router.projection.detach().clone()
    train(trainer, 5)
    assert float(router.tau.detach()) != tau
    assert not torch.equal(router.projection.detach(), projection)


@pytest.mark.parametrize("expert", [None, 1])
def test_an_expert_more_leaves_what_is_shared_alone(expert: int | None) -> None:
    """The width of the embeddings does not follow the number of experts, and a saved run with more of them loads."""
    trainer = train(Trainer(small_config(router="cosine")), 5)
    router = trainer.model.router
    assert isinstance(router, CosineRouter)
    before = {name: dict(router.named_parameters())[name].clone() for name in router.shared_parameters}
    trainer.do("add" if expert is None else "clone", expert)
    assert all(torch.equal(dict(router.named_parameters())[name], tensor) for name, tensor in before.items())
    assert router.embeddings.shape == (5, 4)
    other = Trainer(small_config(router="cosine"))
    other.make_room(5)
    assert {name: t.shape for name, t in other.model.state_dict().items()} == {
        name: t.shape for name, t in trainer.model.state_dict().items()
    }


def test_its_work_and_its_parameters_are_counted() -> None:
    config = CosineRouterConfig(d_embedding=3)
    router = CosineRouter(d_model=7, num_experts=5, generator=seeded(0), **config.model_dump(exclude={"router"}))
    assert config.parameters(5, 7) == sum(parameter.numel() for parameter in router.parameters())
    assert config.products(5, 7) == 3 * 7 + 5 * 3


@pytest.mark.parametrize("tau_start", [0.01, 0.0, -1.0])
def test_a_temperature_that_is_not_positive_is_refused(tau_start: float) -> None:
    with pytest.raises(ValueError, match=f"^tau_start = {tau_start} was refused: it is over 0.01"):
        hand_made(tau_start=tau_start)


@pytest.mark.parametrize("k", [0, 4])
def test_a_k_that_cannot_be_chosen_is_refused(k: int) -> None:
    with pytest.raises(ValueError, match=f"^k = {k} was refused: .* num_experts, which is 3"):
        hand_made(k)


@pytest.mark.parametrize("tau_start", [0.05, 1.0, 50.0])
def test_a_newborn_is_not_heard_however_hot_the_router_is(tau_start: float) -> None:
    """As in linear routers a handicap counts in full: e^-16, and not the fiftieth part of 16."""
    routers = [hand_made(k=3, tau_start=tau_start) for _ in range(2)]
    for router, offset in zip(routers, (NEWBORN, KILLED), strict=True):
        router.offset[2] = offset
        router.notice()
    asleep, absent = (route(router, random_tokens(20, 2)).probs for router in routers)
    torch.testing.assert_close(asleep, absent, rtol=1e-6, atol=1e-6)
