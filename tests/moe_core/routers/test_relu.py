"""The ReLU router by hand, and tokens that nobody answers."""

import math

import pytest
import torch
from torch import Generator

from moe_core.balancers import AdaptiveL1
from moe_core.config import ConfigError, RunConfig
from moe_core.config.routers import ReluRouterConfig
from moe_core.metrics import router_entropy, router_margin
from moe_core.plane import strongest
from moe_core.routers import ReluRouter
from moe_core.routers.router import KILLED
from moe_core.trace import trace
from moe_core.trainer import Trainer
from tests.moe_core.cases import route, small_config, train


def hand_made(target_k: int = 1) -> ReluRouter:
    """Three experts with logits x, 3 x and -x."""
    router = ReluRouter(d_model=1, num_experts=3, target_k=target_k, generator=Generator())
    with torch.no_grad():
        router.weight.copy_(torch.tensor([[1.0], [3.0], [-1.0]]))
    return router


def test_gates_are_the_logits_over_zero() -> None:
    routing = route(hand_made(), torch.tensor([[2.0], [-2.0]]))
    assert routing.gates.tolist() == [[2.0, 6.0, 0.0], [0.0, 0.0, 2.0]]
    assert routing.assigned.tolist() == [[True, True, False], [False, False, True]]
    assert routing.probs.tolist() == [[0.25, 0.75, 0.0], [0.0, 0.0, 1.0]]


def test_an_expert_whose_logit_is_zero_is_not_asked() -> None:
    routing = route(hand_made(), torch.zeros(1, 1))
    assert not routing.assigned.any()
    assert not routing.gates.any()


def test_where_no_expert_is_asked_the_router_is_sure_of_none() -> None:
    routing = route(hand_made(), torch.zeros(1, 1))
    assert routing.probs[0].tolist() == pytest.approx([1 / 3] * 3)
    assert router_entropy(routing.probs) == pytest.approx(math.log(3))
    assert router_margin(routing.probs) == pytest.approx(0.0)


def test_the_killed_have_no_part_of_what_nobody_has() -> None:
    router = hand_made()
    router.offset[1] = KILLED
    router.notice()
    assert route(router, torch.zeros(1, 1)).probs[0].tolist() == pytest.approx([0.5, 0.0, 0.5])


def test_a_forced_expert_is_asked_and_its_gate_stays_what_it_is() -> None:
    router = hand_made()
    router.forced[2] = True
    router.notice()
    routing = route(router, torch.tensor([[2.0]]))
    assert routing.assigned[0].tolist() == [True, True, True]
    assert routing.gates[0].tolist() == [2.0, 6.0, 0.0]


def test_gates_have_no_jump_where_an_expert_comes_in() -> None:
    """Where a top-1 router passes from one expert to another, the answer jumps. Here a gate leaves from zero."""
    x = torch.linspace(-1e-3, 1e-3, 21).unsqueeze(-1)
    gates = route(hand_made(), x).gates.detach()
    assert float(gates.diff(dim=0).abs().max()) < 4e-4


def silent() -> Trainer:
    """A run in which every logit is under zero."""
    trainer = Trainer(small_config(router="relu", balancer="none"))
    router = trainer.model.router
    assert isinstance(router, ReluRouter)
    with torch.no_grad():
        router.weight.zero_()
        assert router.bias is not None
        router.bias.copy_(torch.tensor([-3.0, -1.0, -2.0, -4.0]))
    return trainer


def test_a_token_that_nobody_answers_comes_out_as_zero_and_its_trace_says_so() -> None:
    trainer = silent()
    seen = trace(trainer.model, trainer.task.test_inputs[0])
    assert not seen.assigned.any()
    assert not seen.gates.any()
    assert not seen.answer.any()
    assert seen.answers.any()


def test_a_place_that_is_nobodys_has_no_strength() -> None:
    """A picture needs an owner for each cell: it is whoever came nearest, at strength 0."""
    plane = silent().plane(8)
    assert plane is not None
    assert not plane.strength.any()
    assert (plane.owner == 1).all()


def test_an_owner_is_asked_where_anybody_is() -> None:
    trainer = train(Trainer(small_config(router="relu")), 5)
    routing = trainer.evaluate().routing
    strength, owner = strongest(routing)
    answered = routing.assigned.any(-1)
    assert bool(answered.any())
    assert torch.equal(strength > 0, answered)
    assert bool(routing.assigned.gather(-1, owner.unsqueeze(-1)).squeeze(-1)[answered].all())


def test_a_run_in_which_nobody_answers_goes_on_and_says_that_nobody_works() -> None:
    """Shares of assignments are then no numbers, except the load, which is zero: NaN there is an expert that is not."""
    trainer = silent()
    evaluation = trainer.evaluate()
    assert evaluation.load.tolist() == [0.0] * 4
    assert evaluation.effective_experts == 0.0
    numbers = trainer.measure()
    assert numbers["dead_fraction"] == 1.0
    assert numbers["load_entropy"] == 0.0
    assert math.isnan(numbers["expert_class_nmi"])
    assert train(trainer, 3).divergence is None


@pytest.mark.parametrize("balancer", ["switch_loss", "mutual_information", "z_loss", "adaptive_l1"])
def test_a_balancer_leaves_numbers_where_nobody_answers(balancer: str) -> None:
    trainer = Trainer(small_config(router="relu", balancer=balancer))
    trainer.model.load_state_dict(silent().model.state_dict())
    assert train(trainer, 3).divergence is None


@pytest.mark.parametrize("target_k", [0, 4])
def test_a_target_that_cannot_be_met_is_refused(target_k: int) -> None:
    with pytest.raises(ValueError, match=f"^target_k = {target_k} was refused: .* 1 to num_experts, which is 3"):
        hand_made(target_k)


def test_a_target_over_the_number_of_experts_is_refused_in_a_sentence() -> None:
    with pytest.raises(ConfigError) as refused:
        RunConfig.from_settings({"router": "relu", "target_k": 9, "num_experts": 8})
    assert "target_k = 9 was refused: it is at most the number of experts, which is 8." in str(refused.value)


def test_it_is_counted_with_what_it_aims_for() -> None:
    assert ReluRouterConfig(target_k=3).typically_chosen(8) == 3
    assert ReluRouterConfig(target_k=3).most_chosen(8) == 8


def test_the_target_is_passed_on_and_can_change() -> None:
    trainer = Trainer(small_config(router="relu", balancer="adaptive_l1", target_k=1))
    trainer.do("target_k", 3)
    assert trainer.evaluate().routing.target == 3
    assert isinstance(trainer.balancer, AdaptiveL1)
