"""Claims about routers that deal tokens out, and about those that learn nothing. Each test says what is true."""

import pytest
import torch

from moe_core.config.routers import BaseRouterConfig, ExpertChoiceRouterConfig, SinkhornRouterConfig
from moe_core.layer import MoELayer
from moe_core.losses import load_balancing_loss
from moe_core.metrics import effective_experts
from moe_core.trainer import Trainer
from tests.moe_core.cases import mlp_experts, new_router, random_tokens, route, small_config, train

T, D, E = 40, 3, 5


def test_expert_choice_is_not_causal() -> None:
    """Another last token, and experts have room for one of the first tokens or none any more."""
    router, x = new_router(ExpertChoiceRouterConfig(choice_factor=1.0), D, E).eval(), random_tokens(T, D)
    before = route(router, x).assigned
    changed = [route(router, torch.cat([x[:-1], last.unsqueeze(0)])).assigned[:-1] for last in 5 * random_tokens(9, D)]
    assert any(not torch.equal(after, before[:-1]) for after in changed)


def test_expert_choice_can_leave_tokens_unrouted_and_their_output_is_zero() -> None:
    """Two experts a token on average: some get more, and some none."""
    router, x = new_router(ExpertChoiceRouterConfig(choice_factor=2.0), D, E), random_tokens(10 * T, D)
    output, routing = MoELayer(router, mlp_experts(E, D, 6, 2))(x)
    counts = routing.assigned.sum(-1)
    assert float(counts.float().mean()) == pytest.approx(2.0)
    assert int(counts.min()) == 0
    assert int(counts.max()) > 2
    assert not output[counts == 0].any()
    assert bool(output[counts > 0].any(-1).all())


def test_a_balancing_loss_has_nothing_to_say_where_every_expert_takes_equally_many() -> None:
    """With f = 1 / E it is 1 whatever the router believes, so its gradient is zero."""
    for config in (BaseRouterConfig(), ExpertChoiceRouterConfig()):
        router = new_router(config, D, E)
        loss = load_balancing_loss(route(router, random_tokens(T, D)))
        (gradient,) = torch.autograd.grad(loss, list(router.parameters())[:1])
        assert float(loss.detach()) == pytest.approx(1.0)
        assert float(gradient.abs().max()) < 1e-6


def test_base_trains_on_an_even_load_and_is_judged_on_an_uneven_one() -> None:
    """The same tokens: in training each expert has an equal share, in evaluation many go elsewhere."""
    trainer = train(Trainer(small_config(router="base", balancer="none", num_experts=8)), 200)
    x, model = trainer.task.test_inputs[:960], trainer.model
    with torch.no_grad():
        _, trained = model.train()(x)
        _, judged = model.eval()(x)
    assert trained.assigned.sum(0).tolist() == [120] * 8
    assert effective_experts(judged.load) < 7.0
    assert float((trained.assigned & judged.assigned).sum() / len(x)) < 0.7


def test_sinkhorns_plan_is_even_and_the_number_of_tokens_only_nearly() -> None:
    """Each token goes to its largest entry, not to all of them. Top-1 of the same logits is far from even."""
    router, x = new_router(SinkhornRouterConfig(), D, E), random_tokens(1000, D)
    planned, greedy = route(router, x).load, route(router.eval(), x).load
    assert 4.8 < effective_experts(planned) < 5.0
    assert effective_experts(greedy) < 4.5


@pytest.mark.parametrize("router", ["hash", "random"])
def test_hash_and_random_learn_nothing_in_the_router(router: str) -> None:
    """There is nothing to be learned there: the experts learn, and who is asked is as before."""
    trainer = Trainer(small_config(router=router, balancer="none"))
    before = trainer.evaluate()
    state = {name: tensor.clone() for name, tensor in trainer.model.router.state_dict().items()}
    train(trainer, 300)
    after = trainer.evaluate()
    assert not list(trainer.model.router.parameters())
    assert all(torch.equal(tensor, state[name]) for name, tensor in trainer.model.router.state_dict().items())
    assert torch.equal(after.routing.assigned, before.routing.assigned)
    assert after.test_loss < before.test_loss - 0.05


def test_random_routing_leaves_nothing_to_specialise_in_and_hash_does() -> None:
    """Both are even and neither is learned. Behind a table an expert meets the same places again and again; behind a
    draw every expert meets all of them, and all become alike."""
    scores = {
        router: train(Trainer(small_config(router=router, balancer="none", num_experts=8, d_hidden=2)), 600)
        .evaluate()
        .test_score
        for router in ("hash", "random")
    }
    assert scores["hash"] > scores["random"] + 0.05
